{
  const parts = [...document.querySelectorAll("main > section")]
  const root = document.documentElement
  let at = 0
  const hint = document.createElement("p")
  hint.className = "hint"
  hint.textContent = "P: slides · arrows: next, previous · Esc: back to the report"
  parts[0].append(hint)
  const show = () => {
    parts.forEach((part, number) => part.classList.toggle("now", number === at))
    window.scrollTo(0, 0)
    if (window.Plotly)
      for (const chart of parts[at].querySelectorAll(".chart")) Plotly.Plots.resize(chart)
  }
  const slides = (on) => {
    root.classList.toggle("slides", on)
    if (on) show()
    else window.dispatchEvent(new Event("resize"))
  }
  const step = (by) => {
    at = Math.min(Math.max(at + by, 0), parts.length - 1)
    show()
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const on = root.classList.contains("slides")
    if (event.key === "p" || event.key === "P") slides(!on)
    else if (on && event.key === "Escape") slides(false)
    else if (on && ["ArrowRight", "ArrowDown", "PageDown", " "].includes(event.key)) step(1)
    else if (on && ["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) step(-1)
    else return
    event.preventDefault()
  })
}
