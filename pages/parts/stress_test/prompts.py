"""The prompts of a new run, as a person leaves them: kept also while their box is closed."""

import streamlit as st

from pages.ui.address import session
from pipeline.plan.plan import Plan, parse_plan

_EDITED = "_stress_prompts"  # name -> text


def edited(plan: Plan) -> Plan:
    """The plan with the prompts as a person left them; the plan keeps what is used."""
    kept: dict[str, str] = session.setdefault(_EDITED, {})
    with st.expander(
        "Prompts", icon=":material/edit_note:", on_change="rerun", key="stress-prompts"
    ) as box:
        if box.open:
            name = str(st.selectbox("Prompt", list(plan.prompts), key="prompt-name", width=240))
            kept[name] = st.text_area(
                "Text",
                value=kept.get(name, plan.prompts[name].text),
                height=260,
                key=f"prompt-{name}",
                help="Words in braces are filled in; a plan without a needed one is refused.",
            )
            st.button(
                "Use the built-in text",
                key="prompt-shipped",
                on_click=_shipped,
                args=(name,),
                disabled=kept[name] == plan.prompts[name].text,
            )
    changed = {n: text for n, text in kept.items() if text != plan.prompts[n].text}
    if not changed:
        return plan
    st.caption(f"Prompts changed by you: {', '.join(changed)}.")
    data = plan.model_dump(mode="json")
    data["prompts"] |= {name: {"text": text} for name, text in changed.items()}
    return parse_plan(data, "the plan")


def _shipped(name: str) -> None:
    session[_EDITED].pop(name, None)
    session.pop(f"prompt-{name}", None)
