{#- The company's date of an instant (naive UTC). -#}
{% macro business_date(instant) -%}
    cast(timezone('{{ target.timezone }}', timezone('UTC', {{ instant }})) as date)
{%- endmacro %}
