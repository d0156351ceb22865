"""The words of the sections on the pipeline and on what the departments owe each other, in Japanese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # the pipeline
    "pipeline_title": ("パイプラインはなぜ増減したか", "Why did the pipeline move?"),
    "q11": (
        "パイプラインはなぜ増減したか。期ずれはいくらか。営業の不足分とマーケの負担額は今いくらか。",
        "Why did the pipeline move, how much slipped, and what does marketing carry of what sales will not reach?",
    ),
    "pipeline_said": (
        "{month}のパイプラインは{opening}から{closing}になりました(新規{created}、受注{won}、失注{lost})。",
        "In {month} the pipeline went from {opening} to {closing} ({created} created, {won} won, {lost} lost).",
    ),
    "pipeline_lacking": (
        "{month}のパイプラインの動きは言えず、図も描けません(値がない項目: {names})。",
        "How the pipeline moved in {month} cannot be told, and there is no drawing of it (no value for: {names}).",
    ),
    "pipeline_slipped": (
        "期ずれ(会計期間の外への先送り)は{pushed}、{deals}件です。",
        "{pushed} slipped out of the fiscal period (deals: {deals}).",
    ),
    "pipeline_open": (
        "{month}はまだ終わっていないため、期末残高は基準日のものです。",
        "{month} is not over: its closing is that of today.",
    ),
    "pipeline_unpriced": (
        "期末の{deals}件のうち{unpriced}件は金額が分からず、0として数えています。",
        "Deals in the closing: {deals}; without a known amount, counted as 0: {unpriced}.",
    ),
    "shortfall_said": (
        "{label}: 営業の不足分は計画時の{frozen}に対して、今日の見込みでは{live}です。"
        "マーケティングが負う目標は{target}で固定しており、今日の不足分で計算し直すと{now}です。",
        "{label}: sales was to miss {frozen} when the plan was made, and {live} by today's forecast. "
        " Marketing carries {target}, which is fixed; by today's shortfall it would be {now}.",
    ),
    "shortfall_unsaid": (
        "{label}: 営業の不足分は計画時の{frozen}で、"
        "マーケティングが負う目標は{target}です。今日の不足分は言えません(理由: {reason})。",
        "{label}: sales was to miss {frozen} when the plan was made, and marketing carries {target}."
        " Today's shortfall cannot be told (reason: {reason}).",
    ),
    "shortfall_none": (
        "営業の不足分から目標を決めたKGIはないので、マーケティングの負担額はありません。",
        "No goal is set by what sales will not reach, so there is no share that marketing carries.",
    ),
    "no_pipeline": (
        "パイプラインの増減(pipeline_movement)の表がないか、行がありません。商談の履歴を読み込むと、ここに出ます。",
        "There is no table of pipeline movements (pipeline_movement), or it is empty: it needs the history of deals.",
    ),
    "pipeline_chart": ("{month}: 期首残高から期末残高まで", "{month}: from opening to closing"),
    "pipeline_about": (
        "{month}のパイプラインが{opening}から{closing}になった動きの滝グラフ。",
        "How the pipeline of {month} went from {opening} to {closing}, by movement.",
    ),
    "pipeline_months": ("月ごとのパイプラインの増減(直近12か月)", "Movements of the pipeline by month, the last twelve"),
    "pipeline_units": ("{month}: 営業チームごとの増減", "{month}: by sales unit"),
    "moves_note": (
        "塗りつぶし=増加と受注、枠だけ=減少・先送り・失注。",
        "Filled: what came in and what was won. Outlined: what shrank, slipped or was lost.",
    ),
    "pipeline_note": (
        "パイプラインは、その会計期間(既定では四半期)の末日までに決まる予定の進行中の有効商談です。期間の最初の月は、期首残高が新しい期間のものになります。",
        "The pipeline are open valid deals expected to close by the end of the fiscal period (by default the quarter);"
        " in its first month the opening is that of the new period.",
    ),
    "movement": ("動き", "Movement"),
    "amount": ("金額", "Amount"),
    "sales_unit": ("営業チーム", "Sales unit"),
    "unassigned": ("担当なし", "unassigned"),
    "opening": ("期首残高", "Opening"),
    "created": ("新規創出", "Created"),
    "pulled_in": ("前倒し", "Pulled in"),
    "amount_up": ("増額", "Amount up"),
    "amount_down": ("減額", "Amount down"),
    "pushed_out": ("期ずれ", "Pushed out"),
    "lost": ("失注", "Lost"),
    "won": ("受注", "Won"),
    "closing": ("期末残高", "Closing"),
    "running_month": ("{month}(途中)", "{month} (running)"),
}
"""Words by key: Japanese, English."""
