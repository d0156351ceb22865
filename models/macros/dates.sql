{#- The company's date of an instant (naive UTC). -#}
{% macro business_date(instant) -%}
    cast(timezone('{{ target.timezone }}', timezone('UTC', {{ instant }})) as date)
{%- endmacro %}

{#- The date of a won deal: its entry into the won stage, or its close date where the company has set so. -#}
{% macro won_date(entered_date, close_date) -%}
    case
        when '{{ target.won_date }}' = 'close_date'
        then coalesce({{ close_date }}, {{ entered_date }})
        else {{ entered_date }}
    end
{%- endmacro %}
