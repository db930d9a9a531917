// Draws a figure as PNG or SVG in the browser with Plotly's own toImage, and writes into the file
// what it shows. Plotly is fetched from this server, once, when the first picture is asked for.

function root() {
  const own = document.querySelector('script[src*="static/js/"]')
  return own ? own.src.split("static/js/")[0] : window.location.origin + "/"
}

function plotly(path) {
  if (window.Plotly) return Promise.resolve(window.Plotly)
  if (!window.faultlinePlotly) {
    window.faultlinePlotly = new Promise((resolve, reject) => {
      const script = document.createElement("script")
      script.src = root() + path
      script.onload = () => resolve(window.Plotly)
      script.onerror = () => reject(new Error("the drawing library did not load"))
      document.head.appendChild(script)
    })
  }
  return window.faultlinePlotly
}

const TABLE = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n >>> 0
})

function crc(bytes) {
  let c = 0xffffffff
  for (const b of bytes) c = TABLE[(c ^ b) & 0xff] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

// One iTXt chunk: UTF-8, not compressed, no language (PNG specification, 11.3.4.5).
function textChunk(keyword, text) {
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`)
  const chunk = new Uint8Array(body.length + 8)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, body.length - 4)
  chunk.set(body, 4)
  view.setUint32(body.length + 4, crc(body))
  return chunk
}

const AFTER_HEADER = 33 // the signature (8) and the IHDR chunk (25)

// Browsers compute digests on https and on this machine only; elsewhere the file goes without.
async function marked(facts, bytes) {
  if (!window.crypto || !crypto.subtle) return facts
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  const hex = Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("")
  return { ...facts, Checksum: hex }
}

async function pngWith(facts, url) {
  const bytes = Uint8Array.from(atob(url.split(",")[1]), (c) => c.charCodeAt(0))
  const all = await marked(facts, bytes)
  const chunks = Object.entries(all).map(([k, v]) => textChunk(k, v))
  return new Blob([bytes.slice(0, AFTER_HEADER), ...chunks, bytes.slice(AFTER_HEADER)], {
    type: "image/png",
  })
}

async function svgWith(facts, url) {
  const svg = decodeURIComponent(url.slice(url.indexOf(",") + 1))
  const all = await marked(facts, new TextEncoder().encode(svg))
  const text = JSON.stringify(all).replace(/&/g, "&amp;").replace(/</g, "&lt;")
  const held = `<metadata id="faultline">${text}</metadata>`
  return new Blob([svg.replace(/<svg[^>]*>/, (open) => open + held)], { type: "image/svg+xml" })
}

function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10000)
}

async function draw(data, format, chosen) {
  const figure = JSON.parse(data.figure)
  const { layout, scale } = data.sizes[chosen]
  const facts = { ...data.facts, Permalink: window.location.href }
  const library = await plotly(data.plotly)
  const url = await library.toImage(
    { data: figure.data, layout: { ...figure.layout, ...layout } },
    { format, width: layout.width, height: layout.height, scale: format === "png" ? scale : 1 },
  )
  const blob = await (format === "png" ? pngWith(facts, url) : svgWith(facts, url))
  save(blob, `${data.stem}.${format}`)
}

export default function (component) {
  const { parentElement, data } = component
  const said = parentElement.querySelector("[role=status]")
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = async () => {
      button.disabled = true
      said.textContent = "Drawing…"
      try {
        await draw(data, button.dataset.format, parentElement.querySelector("select").value)
        said.textContent = ""
      } catch (error) {
        said.textContent = `The picture could not be drawn: ${error.message}.`
      }
      button.disabled = false
    }
  }
}
