// What a person would notice on a page. Each function at the end returns complaints: sentences, none when all is well.
"use strict"

const NEAR = 1 // CSS pixels that rounding may cost
const root = document.documentElement

// --- words and places -------------------------------------------------------------------------------------------------------

const brief = text => { const one = text.trim().replace(/\s+/g, " "); return one.length > 40 ? one.slice(0, 39) + "…" : one }

function named(element) {
  const own = each => each.localName + (each.id ? `#${each.id}` : "") + [...each.classList].slice(0, 2).map(name => `.${name}`).join("")
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
const scroller = element => { let each = element.parentElement; while (each && each !== document.body && !scrolls(each)) each = each.parentElement; return each === document.body ? null : each }
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
      const seen = cut({ left: line.left, top: line.top + trim, right: line.right, bottom: line.bottom - trim }, element)
      if (seen.right - seen.left > NEAR && seen.bottom - seen.top > NEAR)
        found.push({ element, node, size, ink: corners(seen.left, seen.top, seen.right, seen.bottom) })
    }
  }
  return found
}

// The part of a box that the containers around it let through.
function cut(box, element) {
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    if (getComputedStyle(each).overflowX === "visible" || getComputedStyle(each).display === "inline") continue
    const frame = each.getBoundingClientRect()
    box = { left: Math.max(box.left, frame.left), top: Math.max(box.top, frame.top), right: Math.min(box.right, frame.right), bottom: Math.min(box.bottom, frame.bottom) }
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
      if (Math.min(Math.max(...first), Math.max(...second)) - Math.max(Math.min(...first), Math.min(...second)) <= NEAR) return false
    }
  }
  return true
}

// --- colours as [red, green, blue, alpha], 0 to 255 and 0 to 1 ----------------------------------------------------------------

const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })
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

const over = (front, back, opacity = 1) => [0, 1, 2].map(at => front[at] * front[3] * opacity + back[at] * (1 - front[3] * opacity)).concat(1)
const luminance = rgb => [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => { const part = rgb[at] / 255; return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4) }, 0)
const contrast = (one, other) => { const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b); return (high + 0.05) / (low + 0.05) }
const opacity = element => { let part = 1; for (let each = element; each && each !== root; each = each.parentElement) part *= Number(getComputedStyle(each).opacity); return part }

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

// What is painted behind the middle of a text of a drawing: the shapes before it that hold the point, on what is behind the drawing.
function beneath({ element, whole }, paper) {
  const svg = element.ownerSVGElement, x = (whole[0][0] + whole[2][0]) / 2, y = (whole[0][1] + whole[2][1]) / 2
  const shapes = [...svg.querySelectorAll("path, rect, circle, ellipse, polygon")].filter(each => each.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)
  return shapes.reduce((back, each) => {
    const style = getComputedStyle(each), front = style.fill === "none" || !shown(each) ? [0, 0, 0, 0] : colour(style.fill)
    const inside = front[3] > 0 && !each.closest("defs, clipPath") && each.isPointInFill(new DOMPoint(x, y).matrixTransform(each.getScreenCTM().inverse()))
    return inside ? over(front, back, Number(style.fillOpacity) * opacity(each)) : back
  }, behind(svg, paper))
}

function weak(ink, ground, size, weight) {
  const found = contrast(ink, ground), wanted = size >= 24 || (size >= 18.66 && weight >= 700) ? 3 : 4.5
  return found < wanted - 0.01 ? `${found.toFixed(2)} of ${wanted}` : null
}

// --- complaints ---------------------------------------------------------------------------------------------------------------

function sideways() {
  if (root.scrollWidth <= root.clientWidth + NEAR) return []
  const beyond = box => box.right > root.clientWidth + NEAR
  const letters = new Set(written().filter(each => beyond({ right: each.ink[1][0] })).map(each => each.element))
  const wide = innermost(html().filter(each => (beyond(each.getBoundingClientRect()) || letters.has(each)) && !scroller(each)))
  return [`the document is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`, ...wide.map(each => `too wide: ${named(each)}`)]
}

function spilling(paper) {
  const own = each => !/inline$|contents|^table-(row|column)/.test(getComputedStyle(each).display) && each.clientWidth > 0 && each.textContent.trim()
  const wide = each => each.scrollWidth > each.clientWidth + NEAR && (paper || !scrolls(each))
  const high = each => each.scrollHeight > each.clientHeight + NEAR && (/hidden|clip/.test(getComputedStyle(each).overflowY) || (paper && /auto|scroll/.test(getComputedStyle(each).overflowY)))
  return innermost(html().filter(each => each !== document.body && own(each) && (wide(each) || high(each)))).map(each => `spills or is cut: ${named(each)} (${each.scrollWidth}x${each.scrollHeight} in ${each.clientWidth}x${each.clientHeight})`)
}

function overlapping() {
  scrollTo(0, 0)
  const boxes = [...drawn(), ...written()].map(each => ({ ...each, top: Math.min(...each.ink.map(point => point[1])), bottom: Math.max(...each.ink.map(point => point[1])) }))
  boxes.sort((one, other) => one.top - other.top)
  const found = new Set()
  boxes.forEach((one, at) => {
    for (let next = at + 1; next < boxes.length && boxes[next].top < one.bottom; next += 1) {
      const other = boxes[next]
      if ((one.node ?? one.element) !== (other.node ?? other.element) && meet(one.ink, other.ink)) found.add(`on top of each other: ${named(one.element)} and ${named(other.element)}`)
    }
  })
  return [...found]
}

function outside() {
  return drawn().filter(({ element, whole }) => {
    const frame = element.ownerSVGElement.getBoundingClientRect()
    return whole.some(([x, y]) => x < frame.left - NEAR || x > frame.right + NEAR || y < frame.top - 3 * NEAR || y > frame.bottom + 3 * NEAR)
  }).map(({ element }) => `outside of its drawing: ${named(element)}`)
}

function tiny(least) {
  return [...new Set([...drawn(), ...written()].filter(each => each.size < least - 0.05).map(each => `${each.size.toFixed(1)} px: ${named(each.element)}`))]
}

// Every text, for axe leaves out drawings and what it cannot be sure of. On paper backgrounds are left out.
function faint(paper) {
  const inDrawings = drawn().map(each => {
    const style = getComputedStyle(each.element), ground = beneath(each, paper)
    return [each, weak(over(colour(style.fill), ground, Number(style.fillOpacity) * opacity(each.element)), ground, each.size, Number(style.fontWeight))]
  })
  const around = written().map(each => {
    const style = getComputedStyle(each.element), ground = behind(each.element, paper)
    return [each, weak(over(colour(style.color), ground, opacity(each.element)), ground, each.size, Number(style.fontWeight))]
  })
  return [...new Set([...inDrawings, ...around].filter(([, lack]) => lack).map(([each, lack]) => `contrast ${lack}: ${named(each.element)}`))]
}

function unreachable() {
  return all("a[href], summary, button, input, select, label[for]").filter(shown).flatMap(each => {
    each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" })
    const box = each.getClientRects()[0], hit = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    return hit && (each.contains(hit) || hit.contains(each)) ? [] : [`covered by ${hit ? named(hit) : "nothing"}: ${named(each)}`]
  })
}

// A number or a date that goes on in the next line.
function broken() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("svg, style, script, pre, code, title") || !shown(node.parentElement)) continue
    for (const match of node.data.matchAll(/\d{4}-\d{2}-\d{2}|\d[\d,]*(\.\d+)?/g)) {
      const range = document.createRange()
      range.setStart(node, match.index)
      range.setEnd(node, match.index + match[0].length)
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(`'${match[0]}' in two lines: ${named(node.parentElement)}`)
    }
  }
  return found
}

// A text of four lines and more, none of which has room for three letters.
function squeezed() {
  const lines = new Map()
  written().forEach(each => lines.set(each.node, [...(lines.get(each.node) ?? []), each]))
  const narrow = boxes => boxes.every(each => each.ink[1][0] - each.ink[0][0] < 3.1 * each.size)
  return [...lines.values()].filter(boxes => boxes.length >= 4 && narrow(boxes)).map(boxes => `${boxes.length} lines: ${named(boxes[0].element)}`)
}

// A key has been pressed before, so that the browser shows where the focus is.
function unmarked() {
  const ways = "a[href], summary, button, input, select, textarea, [tabindex]:not([tabindex^='-'])"
  return all(ways).filter(each => each.checkVisibility({ visibilityProperty: true })).flatMap(each => {
    each.focus()
    seen.clear() // what has the focus may come forth
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
    const frame = scroller(each)
    if (!frame) {
      const room = each.parentElement.getBoundingClientRect()
      return each.getBoundingClientRect().right > room.right + NEAR ? [`wider than its place, which does not scroll: ${named(each)}`] : []
    }
    if (frame.scrollWidth <= frame.clientWidth + NEAR) return []
    const words = frame.getAttribute("aria-label") || (frame.getAttribute("aria-labelledby") ?? "").split(" ").map(id => document.getElementById(id)?.textContent ?? "").join("")
    const lacks = [frame.tabIndex < 0 && "takes no focus", !words.trim() && "has no name", !/region|group/.test(frame.getAttribute("role") ?? frame.localName.replace("section", "region").replace("figure", "group")) && "has no role"].filter(Boolean)
    return lacks.length ? [`its scrolling frame ${lacks.join(", ")}: ${named(each)}`] : []
  })
}
