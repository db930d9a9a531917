// The name that somebody typed, remembered by this browser alone: no link and no other page can set
// what lies in its storage for this server.
const NAME = "faultline.name"

export default function (component) {
  const { typed, cleared } = component.data
  try {
    if (cleared) window.localStorage.removeItem(NAME)
    else if (typed) window.localStorage.setItem(NAME, typed)
    else {
      const kept = window.localStorage.getItem(NAME)
      if (kept) component.setStateValue("name", kept)
    }
  } catch (error) {
    // Storage may be forbidden: then the name lasts as long as the page stays open.
  }
}
