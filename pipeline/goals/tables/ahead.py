"""What lies ahead of a goal: forecast, funnel_lag, realism_check, lever, phase_readiness and backtest."""

from __future__ import annotations

from pipeline.goals.tables.spec import AS_OF, END, KGI_ID, REASON, RUN, START, VERSION, TableSpec, column
from pipeline.goals.words import BANDS_JA

_GRAIN = column("grain", "VARCHAR", "粒度(period=目標の期間、month=月)", "period (the declared one) or month")

FORECAST = TableSpec(
    "forecast",
    "着地見込み",
    "where each goal lands, by component",
    ("as_of_date", "kgi_id", "grain", "period_start", "component"),
    (
        AS_OF,
        KGI_ID,
        _GRAIN,
        START,
        END,
        column(
            "component",
            "VARCHAR",
            "内訳(closed=確定、in_flight=進行中、planned=今後の獲得、outside=経路外、total=合計)",
            "closed, in_flight (entered, still open), planned (still to enter), outside (on no path) or total",
        ),
        column("expected", "DOUBLE", "期待値", "expected", "unit"),
        column("variance", "DOUBLE", "分散", "variance", "unit squared"),
        column("p10", "DOUBLE", "下限(10%点)", "10th percentile", "unit"),
        column("p50", "DOUBLE", "中央値", "median", "unit"),
        column("p90", "DOUBLE", "上限(90%点)", "90th percentile", "unit"),
        column(
            "model",
            "VARCHAR",
            "モデル(hazard=経過週別の転換率、pace=最近のペース)",
            "hazard (by week) or pace (of months)",
        ),
        column("seed", "BIGINT", "乱数の種", "seed of the draws"),
        column("n_open", "DOUBLE", "進行中の件数", "how many are in flight", "count"),
        column("n_mature", "DOUBLE", "率のもとになった成熟した件数", "grown-old entrants that the curve rests on", "count"),
        REASON,
        RUN,
    ),
)

FUNNEL_LAG = TableSpec(
    "funnel_lag",
    "リードタイム分布",
    "how long one stage takes to follow another",
    ("as_of_date", "earlier", "later", "age_weeks"),
    (
        AS_OF,
        column("earlier", "VARCHAR", "前の段階の指標", "metric of those who enter"),
        column("later", "VARCHAR", "後の段階の指標", "metric of what becomes of them"),
        column("conversion", "VARCHAR", "もとになる転換率の指標", "the conversion metric that is followed"),
        column("age_weeks", "BIGINT", "経過週(この週の終わりまで)", "weeks since entry, at their end", "weeks"),
        column("at_risk", "DOUBLE", "週の初めに残っている件数", "open at the start of the week", "count"),
        column("events", "DOUBLE", "その週に転換した件数", "converted in the week", "count"),
        column("lost", "DOUBLE", "その週に失注した件数", "lost in the week", "count"),
        column("hazard", "DOUBLE", "その週の転換率", "events / at_risk; 0 where nobody was at risk", "fraction"),
        column("cumulative", "DOUBLE", "累積転換率", "converted by the end of the week", "fraction"),
        column("se", "DOUBLE", "累積転換率の標準誤差", "standard error of cumulative", "fraction"),
        column("window_from", "DATE", "観測期間の初日", "first day of entry that is looked at", "date"),
        column("tail_unobserved", "BOOLEAN", "裾が未観測か", "whether some age was seen of nobody"),
        RUN,
    ),
    kept="current",
)

BACKTEST = TableSpec(
    "backtest",
    "予測の検証",
    "landings of earlier nights against what came",
    ("as_of_date", "kgi_id", "grain", "period_start", "made_on"),
    (
        AS_OF,
        KGI_ID,
        _GRAIN,
        START,
        END,
        column("made_on", "DATE", "予測した基準日", "as-of date of the landing", "date"),
        column("horizon_days", "BIGINT", "期末までの日数", "days from made_on to the end", "days"),
        column("p10", "DOUBLE", "予測の下限(10%点)", "10th percentile then", "unit"),
        column("p50", "DOUBLE", "予測の中央値", "median then", "unit"),
        column("p90", "DOUBLE", "予測の上限(90%点)", "90th percentile then", "unit"),
        column("actual", "DOUBLE", "実績", "what came, as known now", "unit"),
        column("error", "DOUBLE", "誤差(実績-中央値)", "actual - p50", "unit"),
        column("covered", "BOOLEAN", "80%区間に入ったか", "whether p10 <= actual <= p90"),
        column("p_attain", "DOUBLE", "達成確率(予測時)", "chance to attain, then", "fraction"),
        column("attained", "BOOLEAN", "達成したか", "whether the target was reached"),
        column("brier", "DOUBLE", "ブライアスコア", "(p_attain - attained)^2", "fraction"),
        column("pinball", "DOUBLE", "ピンボール損失(90%点)", "pinball loss of the 90th percentile", "unit"),
        REASON,
        RUN,
    ),
    kept="current",
)

LEVER = TableSpec(
    "lever",
    "打ち手の感度",
    "what each factor could still bring",
    ("as_of_date", "kgi_id", "factor"),
    (
        AS_OF,
        KGI_ID,
        column(
            "factor",
            "VARCHAR",
            "要因(指標。all=全部を合わせて)",
            "factor: a metric or plan rate of the tree, or all of them together",
        ),
        column("controller", "VARCHAR", "担当部門", "department that controls it"),
        column(
            "now", "DOUBLE", "現在の水準(件数は営業日あたり)", "level of the two newest quarters; a count by business day", "unit"
        ),
        column("best", "DOUBLE", "続いた良い水準(四半期の80%点か合意値)", "80th percentile of quarters, or as agreed", "unit"),
        column("headroom", "DOUBLE", "伸びしろ(良い水準÷現在-1)", "best / now - 1; 0 where now is best", "fraction"),
        column(
            "time_effectiveness", "DOUBLE", "期間内に効く割合", "share of the effect that lands within the period", "fraction"
        ),
        column(
            "recovery",
            "DOUBLE",
            "取り戻せる量(不足分まで)",
            "what it could bring by the end of the period, up to the gap",
            "unit",
        ),
        column("cost", "DECIMAL(18,2)", "費用", "agreed cost", "currency"),
        column("recovery_per_yen", "DOUBLE", "費用1あたりの効果", "recovery / cost", "unit"),
        column("latest_useful_month", "DATE", "間に合う最後の月", "last month in which it is still of use", "date"),
        column("rank", "BIGINT", "順位(1が先)", "rank, 1 first"),
        REASON,
        RUN,
    ),
    kept="current",
)

REALISM = TableSpec(
    "realism_check",
    "現実性チェック",
    "whether a plan can come true, judged once per version",
    ("as_of_date", "kgi_id", "plan_version", "check"),
    (
        AS_OF,
        KGI_ID,
        VERSION,
        column(
            "check",
            "VARCHAR",
            "チェック(history、growth、rate、overall)",
            "history, growth, rate (of one factor) or overall",
        ),
        column("value", "DOUBLE", "目標が求める値", "what the target asks for"),
        column("reference", "DOUBLE", "過去の値", "what the past says"),
        column("probability", "DOUBLE", "確率", "chance", "fraction"),
        column("n", "BIGINT", "もとの件数", "periods, ratios or cases that it rests on", "count"),
        column("verdict", "VARCHAR", f"判定({BANDS_JA})", "comfortable, realistic, stretch, unlikely, unrealistic or unknown"),
        column("binding_factor", "VARCHAR", "制約になる要因", "the factor that binds"),
        column("text_ja", "VARCHAR", "説明(日本語)", "said in Japanese"),
        column("text_en", "VARCHAR", "説明(英語)", "said in English"),
        column("judged_on", "DATE", "判定日", "the night on which it was judged", "date"),
        REASON,
        RUN,
    ),
)

READINESS = TableSpec(
    "phase_readiness",
    "フェーズ移行判定",
    "whether the next phase's goal can be measured",
    ("as_of_date", "kgi_id", "criterion"),
    (
        AS_OF,
        KGI_ID,
        column("next_phase", "VARCHAR", "次のフェーズ", "the phase that comes next"),
        column(
            "criterion",
            "VARCHAR",
            "条件(readable=転換率を確かめられるか)",
            "criterion; readable: whether rates and landings can be checked yet",
        ),
        column("value", "DOUBLE", "現在の値", "what it is"),
        column("threshold", "DOUBLE", "必要な値", "what is needed"),
        column("met", "BOOLEAN", "満たしているか", "whether it is met"),
        column("missing", "BIGINT", "あと何件", "how many are missing", "count"),
        column("text_ja", "VARCHAR", "説明(日本語)", "said in Japanese"),
        column("text_en", "VARCHAR", "説明(英語)", "said in English"),
        column("readable_from", "DATE", "確かめられる日", "day from which it can be read at the planned volume", "date"),
        REASON,
        RUN,
    ),
    kept="current",
)
