// Three steps, shown until dismissed in this browser; outlines on the page what a step speaks of.
const DONE = "faultline.tour", STEP = "faultline.tour.step", SHOWN = "faultline.tour.asked"

// Storage may be forbidden: then the tour is remembered until the page is loaded anew.
const fallback = (window.faultlineTour = window.faultlineTour || {})
function kept(store, name, value) {
  try {
    if (value !== undefined) window[store].setItem(name, value)
    return window[store].getItem(name)
  } catch (error) {
    if (value !== undefined) fallback[name] = value
    return fallback[name] ?? null
  }
}

function unmark() {
  document.querySelectorAll("[data-faultline-tour]").forEach(e => {
    e.style.outline = ""
    e.style.outlineOffset = ""
    e.removeAttribute("data-faultline-tour")
  })
}

function mark(selector) {
  unmark()
  const found = [...document.querySelectorAll(selector)].find(e => e.getClientRects().length)
  if (!found) return
  found.setAttribute("data-faultline-tour", "")
  found.style.outline = "2px dashed currentColor"
  found.style.outlineOffset = "3px"
}

export default function (component) {
  const { parentElement, data } = component
  const card = parentElement.querySelector("section")
  const part = name => parentElement.querySelector(name)
  let at = Number(kept("sessionStorage", STEP) || 0)

  const draw = () => {
    const step = data.steps[at], last = at === data.steps.length - 1
    part(".count").textContent = `Tour, ${at + 1} of ${data.steps.length}`
    part("h2").textContent = step.title
    part(".text").textContent = step.text
    part(".back").hidden = at === 0
    part(".skip").hidden = last
    part(".next").textContent = last ? "Done" : "Next"
    card.hidden = false
    mark(step.at)
  }
  const go = to => { at = to; kept("sessionStorage", STEP, String(at)); draw() }
  const dismiss = () => {
    kept("localStorage", DONE, "yes")
    kept("sessionStorage", STEP, "0")
    card.hidden = true
    unmark()
  }

  part(".skip").onclick = dismiss
  part(".back").onclick = () => go(at - 1)
  part(".next").onclick = () => (at === data.steps.length - 1 ? dismiss() : go(at + 1))
  card.onkeydown = event => { if (event.key === "Escape") { event.stopPropagation(); dismiss() } }

  const asked = data.asked > Number(kept("sessionStorage", SHOWN) || 0)
  kept("sessionStorage", SHOWN, String(data.asked))
  if (asked) { go(0); part(".next").focus() }
  else if (kept("localStorage", DONE) !== "yes") draw()
  return unmark
}
