// Sends what is typed into a field once the fingers rest, as Ctrl+Enter would, so that what is
// shown of the text keeps up with it. The page listens, not the field: Streamlit may put a new
// element in the field's place at any run.
const REST = 900
const FIELDS = "[class*='st-key-draft-text-'] textarea"

export default function (component) {
  const root = component.parentElement.ownerDocument || document
  if (root.body.dataset.sendsWhenTyped) return
  root.body.dataset.sendsWhenTyped = "yes"
  let timer = null
  root.addEventListener("input", (event) => {
    const field = event.target
    if (!field.matches || !field.matches(FIELDS)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      field.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true })
      )
    }, REST)
  })
}
