// Copies the address of this page, as it stands in the browser at the moment of the click.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text)
  const area = document.createElement("textarea")
  area.value = text
  document.body.appendChild(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  if (!done) throw new Error("copying is not allowed here")
}

export default function (component) {
  const button = component.parentElement.querySelector("button")
  const said = component.parentElement.querySelector("[role=status]")
  button.onclick = async () => {
    try {
      await copy(window.location.href)
      said.textContent = "Link copied"
    } catch (error) {
      said.textContent = "Copy the address from the browser's address bar."
    }
    setTimeout(() => { said.textContent = "" }, 2500)
  }
}
