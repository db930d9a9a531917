// Sends what is typed into a field once the fingers rest, as Ctrl+Enter would, so that what is
// shown of the text keeps up with it.
const REST = 900

export default function (component) {
  const root = component.parentElement.ownerDocument || document
  const field = root.querySelector(`.st-key-${component.data.field} textarea`)
  if (!field || field.dataset.sendsWhenTyped) return
  field.dataset.sendsWhenTyped = "yes"
  let timer = null
  field.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      field.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true })
      )
    }, REST)
  })
}
