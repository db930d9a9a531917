{
  const all = [...document.querySelectorAll("main > section")]
  const parts = all.filter((part) => !part.classList.contains("off"))
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
      for (const chart of parts[at].querySelectorAll(".chart")) {
        const above = chart.getBoundingClientRect().top
        const room = window.innerHeight - above - 80
        chart.dataset.high ??= chart.layout.height
        Plotly.relayout(chart, { height: Math.max(room, 280), width: chart.clientWidth })
      }
  }
  const charts = (change) => {
    if (window.Plotly) for (const chart of document.querySelectorAll(".chart")) change(chart)
  }
  const back = (chart) => {
    if (chart.dataset.high) Plotly.relayout(chart, { height: +chart.dataset.high, autosize: true, width: null })
  }
  // A page of A4 is 688 pixels wide between its margins, and a finding should fit one.
  window.addEventListener("beforeprint", () => charts((chart) => {
    chart.dataset.high ??= chart.layout.height
    Plotly.relayout(chart, { width: 680, height: Math.min(+chart.dataset.high, 700) })
  }))
  window.addEventListener("afterprint", () => charts(back))
  const slides = (on) => {
    root.classList.toggle("slides", on)
    if (on) show()
    else charts(back)
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
