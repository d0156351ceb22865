-- A fictitious company of the pages: what a published file would hold on 2026-06-19.
create schema marts;
create schema ops;
create table ops.manifest as select date '2026-06-19' as as_of_date;

create table marts.calendar as
select
    cast(day.range as date) as date_day,
    isodow(day.range) <= 5 and day.range not in (date '2025-05-05', date '2026-05-04', date '2026-05-05', date '2026-05-06')
        as is_business_day
from range(date '2025-01-01', date '2027-01-01', interval 1 day) as day;

create table marts.account (account_id varchar, industry varchar);
insert into marts.account values ('A1', '製造'), ('A2', '製造'), ('A3', '小売'), ('A4', null);

-- the rank that sales gave an account, and when
create table marts.account_rank (account_id varchar, rank varchar, valid_from date, valid_to date);
insert into marts.account_rank values
    ('A1', 'B', '2026-01-01', '2026-05-01'), ('A1', 'A', '2026-05-01', null), ('A2', 'B', '2026-01-01', null), ('A3', 'C', '2026-01-01', null);

create table marts.lead (lead_id int, account_id varchar, created_date date, channel varchar, is_target boolean);
insert into marts.lead values
    (1, 'A1', '2026-04-02', '展示会', true), (2, 'A1', '2026-04-02', '展示会', true), (3, 'A2', '2026-04-15', 'Web', false),
    (4, 'A3', '2026-04-30', 'Web', true), (5, 'A2', '2026-05-08', 'セミナー', true), (6, null, '2026-05-11', 'Web', null),
    (7, 'A4', '2026-05-29', null, true), (8, 'A3', '2026-06-03', 'Web', true), (9, 'A9', '2026-06-18', 'セミナー', false),
    (10, 'A1', '2026-06-16', '展示会', true);

create table marts.touch (touch_id int, lead_id int, touched_date date, cost decimal(18, 2));
insert into marts.touch values
    (1, 1, '2026-04-02', 3000), (2, 2, '2026-04-02', 3000), (3, 1, '2026-04-20', 0), (4, 3, '2026-04-15', 500), (5, 4, '2026-04-30', 500),
    (6, 1, '2026-05-10', 1200), (7, 5, '2026-05-08', 2000), (8, 6, '2026-05-11', 500), (9, 4, '2026-05-20', 0), (10, 7, '2026-05-29', null),
    (11, 8, '2026-06-03', 500), (12, 5, '2026-06-10', 800), (13, 9, '2026-06-18', 2000), (14, 10, '2026-06-16', 3000);

create table marts.appointment (appointment_id int, lead_id int, account_id varchar, set_date date, cost decimal(18, 2));
insert into marts.appointment values
    (1, 1, 'A1', '2026-04-20', 9000), (2, 2, 'A1', '2026-05-12', 9000), (3, 3, 'A2', '2026-04-28', 9000), (4, 4, 'A3', '2026-06-02', 9000),
    (5, 5, 'A2', '2026-05-15', 9000), (6, 8, 'A3', '2026-06-17', 9000);

create table marts.deal (deal_id int, lead_id int, account_id varchar, valid_date date, amount decimal(18, 2), currency varchar);
insert into marts.deal values
    (100, 1, 'A1', '2026-04-28', 1200000, 'JPY'), (101, 2, 'A1', '2026-05-20', 300000, 'JPY'), (102, 5, 'A2', '2026-06-08', 800000, 'JPY'),
    (103, 4, 'A3', '2026-06-18', null, 'JPY');

-- licences in use, counted at the end of a month
create table marts.licence (account_id varchar, counted_date date, seats int);
insert into marts.licence values
    ('A1', '2026-04-30', 10), ('A1', '2026-05-31', 12), ('A1', '2026-06-15', 15), ('A2', '2026-04-30', 4), ('A2', '2026-05-31', 4),
    ('A3', '2026-05-31', 7);
