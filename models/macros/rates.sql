{#- The business date whose end is the cut-off of the run. -#}
{% macro as_of_date() -%} cast('{{ var("as_of_date") }}' as date) {%- endmacro %}

{#- Why a column is null, for null_reason: 'column=reason', or null where the column has a value. -#}
{% macro because(column, reason) -%}
    case when {{ column }} is null then '{{ column }}={{ reason }}' end
{%- endmacro %}

{#- Lower bound of the Wilson interval (95 %) of a rate; null without cases. -#}
{% macro wilson_low(cases, of_cases) -%}
    case
        when {{ of_cases }} > 0
        then
            greatest(
                0,
                (
                    {{ cases }} / {{ of_cases }}
                    + 1.920729410347062e0 / {{ of_cases }}
                    - 1.959963984540054e0
                    * sqrt(
                        {{ cases }} / {{ of_cases }} * (1 - {{ cases }} / {{ of_cases }}) / {{ of_cases }}
                        + 0.960364705173531e0 / {{ of_cases }} / {{ of_cases }}
                    )
                )
                / (1 + 3.841458820694124e0 / {{ of_cases }})
            )
    end
{%- endmacro %}

{#- Upper bound of the Wilson interval (95 %) of a rate; null without cases. -#}
{% macro wilson_high(cases, of_cases) -%}
    case
        when {{ of_cases }} > 0
        then
            least(
                1,
                (
                    {{ cases }} / {{ of_cases }}
                    + 1.920729410347062e0 / {{ of_cases }}
                    + 1.959963984540054e0
                    * sqrt(
                        {{ cases }} / {{ of_cases }} * (1 - {{ cases }} / {{ of_cases }}) / {{ of_cases }}
                        + 0.960364705173531e0 / {{ of_cases }} / {{ of_cases }}
                    )
                )
                / (1 + 3.841458820694124e0 / {{ of_cases }})
            )
    end
{%- endmacro %}
