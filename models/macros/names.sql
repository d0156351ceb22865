{#- A company's name without legal form, width and blanks: equal for every manner of writing one company. -#}
{% macro plain_company_name(column) -%}
    nullif(
        regexp_replace(
            lower(
                translate(
                    nfc_normalize({{ column }}),
                    'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９＆．，－（）／＋’　',
                    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&.,-()/+'' '
                )
            ),
            '株式会社|㈱|\(株\)|有限会社|㈲|\(有\)|\s',
            '',
            'g'
        ),
        ''
    )
{%- endmacro %}
