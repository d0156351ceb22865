{#- The unscaled W-shaped share of a touch: 30/30/30 for the three milestones, 10 spread over the touches between them, unless
the project's variables say otherwise. A touch that holds two milestones receives both. Divided by their sum over the deal, the
shares are credits, also where a milestone or the middle is missing. -#}
{% macro w_shaped_share(is_first_touch, is_lead_creation, is_opportunity_creation, middle_touches) -%}
    (
        {{ var("w_shaped_first_touch", 0.3) }} * cast({{ is_first_touch }} as double)
        + {{ var("w_shaped_lead_creation", 0.3) }} * cast({{ is_lead_creation }} as double)
        + {{ var("w_shaped_opportunity_creation", 0.3) }} * cast({{ is_opportunity_creation }} as double)
        + case
            when {{ is_first_touch }} or {{ is_lead_creation }} or {{ is_opportunity_creation }}
            then 0
            else {{ var("w_shaped_middle", 0.1) }} / nullif({{ middle_touches }}, 0)
        end
    )
{%- endmacro %}
