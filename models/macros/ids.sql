{#- The id of a person: the surviving lead, with the system it lives in. -#}
{% macro person_id(lead_id) -%} 'marketo-' || {{ lead_id }} {%- endmacro %}
