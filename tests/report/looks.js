// What a person would notice on a page. Each function at the end returns complaints: sentences, none when all is well.
"use strict"

const NEAR = 1 // CSS pixels that rounding may cost
const root = document.documentElement

// --- words and places -------------------------------------------------------------------------------------------------------

function brief(text) {
  const one = text.trim().replace(/\s+/g, " ")
  return one.length > 40 ? one.slice(0, 39) + "…" : one
}

function named(element) {
  const classes = each => [...each.classList].slice(0, 2).map(name => `.${name}`).join("")
  const own = each => each.localName + (each.id ? `#${each.id}` : "") + classes(each)
  const room = element.parentElement?.closest("[id]")
  return `${room ? own(room) + " " : ""}${own(element)} '${brief(element.textContent)}'`
}

// Neither in a closed <details>, nor hidden, nor beside the window, nor there for screen readers only.
const seen = new Map()
function shown(element) {
  if (element === root || element === document.body) return true
  if (!seen.has(element)) seen.set(element, painted(element) && shown(element.parentElement))
  return seen.get(element)
}

function painted(element) {
  const style = getComputedStyle(element), box = element.getBoundingClientRect()
  if (box.right + scrollX <= 0 || style.clipPath.startsWith("inset(50%") || style.clip.startsWith("rect")) return false
  if (style.overflowX !== "visible" && (box.width <= 1 || box.height <= 1)) return false
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
}

const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX)
function scroller(element) {
  let each = element.parentElement
  while (each && each !== document.body && !scrolls(each)) each = each.parentElement
  return each === document.body ? null : each
}

const innermost = elements => elements.filter(each => !elements.some(other => other !== each && each.contains(other)))
const all = selector => [...document.body.querySelectorAll(selector)]
const html = () => all("*").filter(each => !each.closest("svg") && shown(each))

// --- texts as boxes: {element, corners, size}, corners in the window ---------------------------------------------------------

const scale = matrix => Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c))
const corners = (left, top, right, bottom) => [[left, top], [right, top], [right, bottom], [left, bottom]]

function drawn() {
  return all("svg text").filter(shown).filter(each => each.textContent.trim()).map(element => {
    const box = element.getBBox(), matrix = element.getScreenCTM(), size = parseFloat(getComputedStyle(element).fontSize)
    const trim = Math.min(size * 0.22, box.height / 2)
    const to = ([x, y]) => { const point = new DOMPoint(x, y).matrixTransform(matrix); return [point.x, point.y] }
    const whole = corners(box.x, box.y, box.x + box.width, box.y + box.height).map(to)
    const ink = corners(box.x, box.y + trim, box.x + box.width, box.y + box.height - trim).map(to)
    return { element, whole, ink, size: size * scale(matrix) }
  })
}

function written() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (!node.data.trim() || element.closest("svg, style, script, title") || !shown(element)) continue
    const range = document.createRange(), size = parseFloat(getComputedStyle(element).fontSize)
    range.selectNodeContents(node)
    for (const line of range.getClientRects()) {
      const trim = Math.max((line.height - size * 0.9) / 2, 0) // line boxes touch, letters do not
      const box = cut({ left: line.left, top: line.top + trim, right: line.right, bottom: line.bottom - trim }, element)
      if (box.right - box.left > NEAR && box.bottom - box.top > NEAR)
        found.push({ element, node, size, ink: corners(box.left, box.top, box.right, box.bottom) })
    }
  }
  return found
}

// The part of a box that the containers around it let through.
function cut(box, element) {
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    if (getComputedStyle(each).overflowX === "visible" || getComputedStyle(each).display === "inline") continue
    const frame = each.getBoundingClientRect()
    box = {
      left: Math.max(box.left, frame.left),
      top: Math.max(box.top, frame.top),
      right: Math.min(box.right, frame.right),
      bottom: Math.min(box.bottom, frame.bottom),
    }
  }
  return box
}

// Two quadrangles meet when no side of either separates them (with a pixel to spare).
function meet(one, other) {
  for (const shape of [one, other]) {
    for (let at = 0; at < 4; at += 1) {
      const [ax, ay] = shape[at], [bx, by] = shape[(at + 1) % 4], length = Math.hypot(bx - ax, by - ay) || 1
      const along = ([x, y]) => ((by - ay) * x - (bx - ax) * y) / length
      const first = one.map(along), second = other.map(along)
      const shared = Math.min(Math.max(...first), Math.max(...second)) - Math.max(Math.min(...first), Math.min(...second))
      if (shared <= NEAR) return false
    }
  }
  return true
}

// --- colours as [red, green, blue, alpha], 0 to 255 and 0 to 1 ----------------------------------------------------------------

const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
const known = new Map()

function colour(text) {
  if (!known.has(text)) {
    pen.clearRect(0, 0, 1, 1)
    pen.fillStyle = text
    pen.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data
    known.set(text, [red, green, blue, alpha / 255])
  }
  return known.get(text)
}

function over(front, back, opacity = 1) {
  const share = front[3] * opacity
  return [0, 1, 2].map(at => front[at] * share + back[at] * (1 - share)).concat(1)
}

// WCAG 2: relative luminance and contrast.
function luminance(rgb) {
  const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  return 0.2126 * linear(rgb[0] / 255) + 0.7152 * linear(rgb[1] / 255) + 0.0722 * linear(rgb[2] / 255)
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

function opacity(element) {
  let part = 1
  for (let each = element; each && each !== root; each = each.parentElement) part *= Number(getComputedStyle(each).opacity)
  return part
}

function canvas() {
  const probe = document.body.appendChild(document.createElement("i"))
  probe.style.backgroundColor = "Canvas"
  const found = getComputedStyle(probe).backgroundColor
  probe.remove()
  return colour(found)
}

// What is painted behind an element; on paper only backgrounds that ask to be printed.
function behind(element, paper) {
  const layers = []
  for (let each = element; each; each = each.parentElement) {
    const style = getComputedStyle(each)
    if (!paper || style.printColorAdjust === "exact") layers.unshift(colour(style.backgroundColor))
  }
  return layers.reduce((back, front) => over(front, back), paper ? [255, 255, 255, 1] : canvas())
}

// What is painted behind the middle of a text of a drawing: the shapes before it that hold the point, on the drawing's ground.
function beneath({ element, whole }, paper) {
  const svg = element.ownerSVGElement
  const middle = new DOMPoint((whole[0][0] + whole[2][0]) / 2, (whole[0][1] + whole[2][1]) / 2)
  const before = each => each.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING
  const shapes = [...svg.querySelectorAll("path, rect, circle, ellipse, polygon")].filter(each => before(each) && shown(each))
  return shapes.reduce((back, each) => {
    const style = getComputedStyle(each)
    if (style.fill === "none" || each.closest("defs, clipPath")) return back
    const inside = each.isPointInFill(middle.matrixTransform(each.getScreenCTM().inverse()))
    return inside ? over(colour(style.fill), back, Number(style.fillOpacity) * opacity(each)) : back
  }, behind(svg, paper))
}

function weak(ink, ground, size, weight) {
  const found = contrast(ink, ground), wanted = size >= 24 || (size >= 18.66 && weight >= 700) ? 3 : 4.5
  return found < wanted - 0.01 ? `${found.toFixed(2)} of ${wanted}` : null
}

// --- complaints ---------------------------------------------------------------------------------------------------------------

function sideways() {
  if (root.scrollWidth <= root.clientWidth + NEAR) return []
  const beyond = right => right > root.clientWidth + NEAR
  const letters = new Set(written().filter(each => beyond(each.ink[1][0])).map(each => each.element))
  const wide = html().filter(each => (beyond(each.getBoundingClientRect().right) || letters.has(each)) && !scroller(each))
  const found = innermost(wide).map(each => `too wide: ${named(each)}`)
  return [`the document is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`, ...found]
}

function spilling(paper) {
  const boxed = each => !/inline$|contents|^table-(row|column)/.test(getComputedStyle(each).display) && each.clientWidth > 0
  const wide = each => each.scrollWidth > each.clientWidth + NEAR && (paper || !scrolls(each))
  const ends = paper ? /hidden|clip|auto|scroll/ : /hidden|clip/
  const high = each => each.scrollHeight > each.clientHeight + NEAR && ends.test(getComputedStyle(each).overflowY)
  const size = each => `${each.scrollWidth}x${each.scrollHeight} in ${each.clientWidth}x${each.clientHeight}`
  const found = html().filter(each => each.textContent.trim() && boxed(each) && (wide(each) || high(each)))
  return innermost(found).map(each => `spills or is cut: ${named(each)} (${size(each)})`)
}

function overlapping() {
  scrollTo(0, 0)
  const boxes = [...drawn(), ...written()].map(each => {
    const levels = each.ink.map(point => point[1])
    return { ...each, top: Math.min(...levels), bottom: Math.max(...levels) }
  })
  boxes.sort((one, other) => one.top - other.top)
  const found = new Set()
  boxes.forEach((one, at) => {
    for (let next = at + 1; next < boxes.length && boxes[next].top < one.bottom; next += 1) {
      const other = boxes[next], same = (one.node ?? one.element) === (other.node ?? other.element)
      if (!same && meet(one.ink, other.ink)) found.add(`on top of each other: ${named(one.element)} and ${named(other.element)}`)
    }
  })
  return [...found]
}

function outside() {
  const leaves = ({ element, whole }) => {
    const frame = element.ownerSVGElement.getBoundingClientRect()
    const beside = x => x < frame.left - NEAR || x > frame.right + NEAR
    const above = y => y < frame.top - 3 * NEAR || y > frame.bottom + 3 * NEAR // a line's box is higher than its letters
    return whole.some(([x, y]) => beside(x) || above(y))
  }
  return drawn().filter(leaves).map(({ element }) => `outside of its drawing: ${named(element)}`)
}

function tiny(least) {
  const small = [...drawn(), ...written()].filter(each => each.size < least - 0.05)
  return [...new Set(small.map(each => `${each.size.toFixed(1)} px: ${named(each.element)}`))]
}

// Every text, for axe leaves out drawings and what it cannot be sure of. On paper backgrounds are left out.
function faint(paper) {
  const measured = (each, ground, paint, share) => {
    const style = getComputedStyle(each.element), ink = over(colour(style[paint]), ground, share * opacity(each.element))
    return { element: each.element, lack: weak(ink, ground, each.size, Number(style.fontWeight)) }
  }
  const filled = each => Number(getComputedStyle(each.element).fillOpacity)
  const inDrawings = drawn().map(each => measured(each, beneath(each, paper), "fill", filled(each)))
  const around = written().map(each => measured(each, behind(each.element, paper), "color", 1))
  const found = [...inDrawings, ...around].filter(each => each.lack)
  return [...new Set(found.map(each => `contrast ${each.lack}: ${named(each.element)}`))]
}

function unreachable() {
  return all("a[href], summary, button, input, select, label[for]").filter(shown).flatMap(each => {
    each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" })
    const box = each.getClientRects()[0]
    const hit = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    return hit && (each.contains(hit) || hit.contains(each)) ? [] : [`covered by ${hit ? named(hit) : "nothing"}: ${named(each)}`]
  })
}

// A figure that goes on in the next line; a date in running text may.
function broken() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const figure = node.parentElement.closest("data, td, th, dd")
    if (!figure || figure.querySelector("code") || !shown(node.parentElement)) continue
    for (const match of node.data.matchAll(/\d{4}-\d{2}-\d{2}|\d[\d,]*(\.\d+)?/g)) {
      const range = document.createRange()
      range.setStart(node, match.index)
      range.setEnd(node, match.index + match[0].length)
      const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)))
      if (lines.size > 1) found.push(`'${match[0]}' in two lines: ${named(node.parentElement)}`)
    }
  }
  return found
}

// A text of four lines and more, none of which has room for three letters.
function squeezed() {
  const lines = new Map()
  written().forEach(each => lines.set(each.node, [...(lines.get(each.node) ?? []), each]))
  const narrow = boxes => boxes.every(each => each.ink[1][0] - each.ink[0][0] < 3.1 * each.size)
  const found = [...lines.values()].filter(boxes => boxes.length >= 4 && narrow(boxes))
  return found.map(boxes => `${boxes.length} lines: ${named(boxes[0].element)}`)
}

// A key has been pressed before, so that the browser shows where the focus is.
function unmarked() {
  const ways = "a[href], summary, button, input, select, textarea, [tabindex]:not([tabindex^='-'])"
  return all(ways).filter(each => each.checkVisibility({ visibilityProperty: true })).flatMap(each => {
    each.focus()
    if (!shown(each)) seen.clear() // what has the focus may have come forth
    const mark = shown(each) ? each : each.labels?.[0] ?? each
    if (!shown(mark)) return [`has the focus and is not to be seen: ${named(each)}`]
    const style = getComputedStyle(mark), width = parseFloat(style.outlineWidth)
    if (style.outlineStyle === "auto") return []
    if (style.outlineStyle === "none" || width < 1) return [`no outline with the focus: ${named(mark)}`]
    const found = contrast(over(colour(style.outlineColor), behind(mark.parentElement, false)), behind(mark.parentElement, false))
    return found < 3 ? [`outline with a contrast of ${found.toFixed(2)}: ${named(mark)}`] : []
  })
}

function folded() {
  return all("details").filter(each => each.parentElement.checkVisibility()).flatMap(each => {
    const summary = each.querySelector(":scope > summary"), before = each.open
    if (!summary || !summary.textContent.trim()) return [`no summary: ${named(each)}`]
    each.open = false
    const closed = each.getBoundingClientRect().height
    summary.click()
    const grown = each.open && each.getBoundingClientRect().height > closed + NEAR
    each.open = before
    return grown ? [] : [`does not open: ${named(each)}`]
  })
}

function adrift() {
  return all("table").filter(shown).flatMap(each => {
    const frame = scroller(each), room = (frame ?? each.parentElement).getBoundingClientRect()
    const wide = each.getBoundingClientRect().right > room.right + NEAR
    if (!frame && wide) return [`wider than its place, which does not scroll: ${named(each)}`]
    if (!frame || frame.scrollWidth <= frame.clientWidth + NEAR) return []
    const ids = (frame.getAttribute("aria-labelledby") ?? "").split(" ")
    const labels = ids.map(id => document.getElementById(id)?.textContent ?? "").join("")
    const words = (frame.getAttribute("aria-label") ?? "") + labels
    const role = frame.getAttribute("role") ?? { SECTION: "region", FIGURE: "figure" }[frame.tagName]
    const lacks = [frame.tabIndex < 0 && "takes no focus", !words.trim() && "has no name", !role && "has no role"].filter(Boolean)
    return lacks.length ? [`its scrolling frame ${lacks.join(", ")}: ${named(each)}`] : []
  })
}

function scrolling(within) {
  const found = all(within).flatMap(each => [...each.querySelectorAll("*")]).filter(each => scrolls(each) && shown(each))
  return found.filter(each => each.scrollWidth > each.clientWidth + NEAR).map(each => `has to be scrolled: ${named(each)}`)
}

// --- on paper: only the printed file knows where pages end, so words too small to be seen are left where things begin and end --

const MARKED = "printed-mark"
function leave(element, word, end) {
  const mark = document.createElement("span")
  mark.className = MARKED
  mark.textContent = word
  mark.style.cssText = "position:absolute;left:0;font:1px/1px monospace;" + (end ? "bottom:0" : "top:0")
  element.style.position = "relative"
  element.append(mark)
}

// Cards and drawings: {name, height, begin, end}; headings: {name, begin: of the heading, next: of what it is over}.
function marked() {
  const whole = all(".group, figure").filter(shown).map((element, at) => {
    return { element, name: named(element), height: element.getBoundingClientRect().height, begin: `qb${at}q`, end: `qe${at}q` }
  })
  const heads = all("h2, h3, h4").filter(shown).map((element, at) => {
    let below = element.nextElementSibling
    while (below && (!shown(below) || below.matches(".questions"))) below = below.nextElementSibling
    return { element, below, name: named(element), begin: `qh${at}q`, next: `qn${at}q` }
  })
  for (const each of whole) { leave(each.element, each.begin, false); leave(each.element, each.end, true) }
  for (const each of heads.filter(each => each.below)) {
    leave(each.element, each.begin, false)
    leave([...each.below.querySelectorAll(".group, h3, li, p, caption")].find(shown) ?? each.below, each.next, false)
  }
  const told = each => ({ ...each, element: undefined, below: undefined })
  return [...whole.map(told), ...heads.filter(each => each.below).map(told)]
}

function unmarked_again() {
  for (const each of all(`.${MARKED}`)) each.remove()
}
