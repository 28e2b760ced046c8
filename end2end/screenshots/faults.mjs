// What is wrong with how a page is laid out. The function runs inside the page and must not use anything from outside it.

/** Sentences about what a person would call broken: sideways scrolling, cut text, targets too small to hit. */
export function faults() {
  const found = [];
  const MIN_TARGET = 24;
  const named = (element) => {
    const text = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 40);
    const of = element.closest("[class]")?.getAttribute("class")?.split(" ")[0] ?? "";
    return `<${element.localName}> in .${of} “${text}”`;
  };
  const style = (element) => getComputedStyle(element);
  const isSeen = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    // What only readers hear is one pixel large.
    return width > 1 && height > 1 && !element.closest(".vh:not(:focus)");
  };
  const scrolls = (element) => /auto|scroll/.test(style(element).overflowX);
  const isInScroller = (element) => {
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) if (scrolls(at)) return true;
    return false;
  };

  const view = document.documentElement;
  if (view.scrollWidth > view.clientWidth) found.push(`scrolls sideways by ${view.scrollWidth - view.clientWidth} px`);

  const headings = document.querySelectorAll("h1").length;
  // The style guide shows the parts that hold a heading.
  if (headings !== 1 && location.pathname !== "/styleguide") found.push(`${headings} headings of the first level`);
  if (!/^.+ · WAMI Console$/.test(document.title)) found.push(`the title is “${document.title}”`);

  for (const element of document.body.querySelectorAll("*")) {
    if (!isSeen(element) || element.closest("svg")) continue;
    const { overflowX, textOverflow } = style(element);
    // Cut on purpose, with an ellipsis, is not a fault: the whole is one click away.
    const isCut = element.scrollWidth > element.clientWidth + 1 && /hidden|clip/.test(overflowX) && textOverflow !== "ellipsis";
    if (isCut && element.clientWidth > 1) found.push(`cut text: ${named(element)}`);
    if (textOverflow === "ellipsis" || isInScroller(element)) continue;
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || node.data.trim() === "") continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.right > view.clientWidth + 1 || box.left < -1) found.push(`text outside of the page: ${named(element)}`);
    }
  }

  // WCAG 2.2, 2.5.8: a target inside a line of text is exempt, and so is one whose circle of 24 px meets no other target.
  const targets = [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea, label:has(input)")].filter(
    (element) => isSeen(element) && !(element.localName === "input" && element.closest("label")),
  );
  const middle = (box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const isInText = (element) => {
    if (style(element).display !== "inline") return false;
    return [...element.parentElement.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
  };
  for (const target of targets) {
    const box = target.getBoundingClientRect();
    // A pseudo-element may widen what can be hit.
    const grown = getComputedStyle(target, "::after");
    const width = Math.max(box.width, grown.position === "absolute" ? parseFloat(grown.width) || 0 : 0);
    const height = Math.max(box.height, grown.position === "absolute" ? parseFloat(grown.height) || 0 : 0);
    if ((width >= MIN_TARGET && height >= MIN_TARGET) || isInText(target)) continue;
    const at = middle(box);
    const near = targets.find((other) => {
      if (other === target || other.contains(target) || target.contains(other)) return false;
      const its = other.getBoundingClientRect();
      const x = Math.max(its.left, Math.min(at.x, its.right));
      const y = Math.max(its.top, Math.min(at.y, its.bottom));
      return Math.hypot(x - at.x, y - at.y) < MIN_TARGET / 2;
    });
    if (near) found.push(`small target, ${Math.round(width)} × ${Math.round(height)} px beside ${named(near)}: ${named(target)}`);
  }
  return [...new Set(found)];
}
