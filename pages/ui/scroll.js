// Brings a part of the page to where the eye is, and the keyboard with it. What lies above it may
// still grow for a moment: it is held in view until then, or until somebody scrolls.
const HOLD = 2500
const BELOW = 72 // the bar at the top of the page

export default function (component) {
  const { part, ticket } = component.data
  const root = component.parentElement.ownerDocument || document
  if (root.body.dataset.scrolledTo === ticket) return
  root.body.dataset.scrolledTo = ticket
  const until = Date.now() + HOLD
  let held = true
  const release = () => { held = false }
  for (const act of ["wheel", "touchstart", "keydown", "mousedown"]) {
    root.addEventListener(act, release, { once: true, passive: true })
  }
  let focused = false
  const bring = () => {
    const target = root.querySelector(`.st-key-${part}`)
    if (target && held) {
      target.style.scrollMarginTop = `${BELOW}px`
      const top = target.getBoundingClientRect().top
      if (top < BELOW - 8 || top > 2 * BELOW) target.scrollIntoView({ block: "start", behavior: "auto" })
      if (!focused) {
        focused = true
        target.setAttribute("tabindex", "-1")
        target.style.outline = "none" // nobody tabbed here: a ring would say that this is a control
        target.focus({ preventScroll: true })
      }
    }
    if (held && Date.now() < until) setTimeout(bring, 150)
  }
  bring()
}
