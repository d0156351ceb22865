"""The words of the tree and the funnel, in Japanese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "tree_title": ("KPIツリー: KGIに届くまでの数字", "The KPI tree: the numbers that lead to the goal"),
    "q6": (
        "期末に間に合うアポは何月分までか。今から何件要るか。",
        "Up to which month is an entry of use before the period ends, and how many are still needed?",
    ),
    "tree_note": (
        "×は掛け合わせる項目、「参考」は目標の計算に入らない項目です。率の(n)は割る数で、薄い字は件数が少ないか結果が出きっていません。",
        "× multiplies; 'beside' is no part of the goal. (n) is what a rate divides by; pale: few cases, or not complete.",
    ),
    "nothing_needed": (
        "今から必要な件数は言えません。転換の進み方が分からないか、すでに足りているためです。",
        "How many more it takes cannot be said: how they convert is not known, or no more are needed.",
    ),
    "half_converted": (
        "{earlier}から{later}へは、いずれ進むものの半分が{weeks}週以内に進みます。",
        "From {earlier} to {later}, half of those who ever convert do so within {weeks} weeks.",
    ),
    "beside": ("参考:", "beside:"),
    "of_due": ("達成率", "Of what was due"),
    "immature": ("(途中)", "(not complete)"),
    "funnel_title": (
        "ファネル: 進んだもの、失われたもの、まだ決まらないもの",
        "The funnel: who went on, who was lost, who is still open",
    ),
    "funnel_caption": ("今年度に入ったもののその後", "Those who entered in this fiscal year"),
    "funnel_note": (
        "棒は、塗り=次へ進んだ、斜線=失われた、白=まだ決まっていない。(途中)の率はこれから上がります。",
        "Filled: went on. Hatched: lost. White: still open. A rate that is not complete will still rise.",
    ),
    "no_funnel": ("ファネルの表がこの公開ファイルにありません", "the published file has no funnel table"),
    "weakest_step": (
        "昨年度からの、結果が出きった月に入ったもののうち、次へ進んだ割合が最も低いのは「{step}」の{rate} (n={entered})です。",
        "Of those who entered since the last fiscal year and have had their time, '{step}' goes on least often:"
        " {rate} (n={entered}).",
    ),
    "still_waiting": (
        "今年度に入ったもののうち、「{step}」がまだ決まっていないのは{open}です。",
        "Of those who entered in this fiscal year, '{step}' is still open for {open}.",
    ),
    "step": ("段階", "Step"),
    "owner_department": ("担当", "Department"),
    "entered": ("入った", "Entered"),
    "converted": ("進んだ", "Went on"),
    "gone": ("失われた", "Lost"),
    "still_open": ("未定", "Open"),
    "what_became": ("その後", "What became of them"),
    "rate_so_far": ("現時点の率", "Rate so far"),
    "cohort": ("入った月", "Entered in"),
    "cohorts_caption": ("{step}: 入った月ごと", "{step}: by month of entry"),
}
"""Words by key: Japanese, English."""

STAGES: dict[str, tuple[str, str]] = {
    "lead": ("リード", "lead"),
    "mql": ("MQL", "MQL"),
    "appointment": ("アポイント", "appointment"),
    "opportunity": ("商談", "opportunity"),
    "valid_opportunity": ("有効商談", "valid opportunity"),
    "won": ("受注", "won"),
    "lost": ("失注", "lost"),
}
"""Stages of the funnel in words; a company's own stay as they are."""
