// Full screen on request, the keys of a presenter's remote (Page Up, Page Down), and how large the
// screen is, so that charts are drawn for it.
const KEYS = { PageDown: "slide-next", " ": "slide-next", PageUp: "slide-back" }

export default function (component) {
  const button = component.parentElement.querySelector("button")
  const root = document.documentElement
  button.hidden = !document.fullscreenEnabled
  button.onclick = () =>
    document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target.closest?.("button, a, input, textarea") && event.key === " ") return
    const asked = document.querySelector(`.st-key-${KEYS[event.key] ?? "none"} button`)
    if (!asked) return
    event.preventDefault()
    asked.click()
  }
  let waiting
  const measure = () => {
    clearTimeout(waiting)
    const size = `${window.innerWidth}x${window.innerHeight}`
    waiting = setTimeout(() => {
      if (size === component.data.known) return
      component.setStateValue("screen", size)
    }, 150)
  }
  document.addEventListener("keydown", press)
  window.addEventListener("resize", measure)
  measure()
  return () => {
    clearTimeout(waiting)
    document.removeEventListener("keydown", press)
    window.removeEventListener("resize", measure)
  }
}
