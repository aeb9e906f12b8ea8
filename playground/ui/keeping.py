"""What the browser keeps while the page is redrawn: the focus, and the newest in sight."""

KEEP_FOCUS = """
<script>
const shown = (found) => found && found.getClientRects().length > 0;
const panes = ".side, .middle, .right";
const marks = ["data-action", "data-testid", "data-place", "data-edit", "data-drop", "data-bring"];
let last = null, outside = null;

function remember(element) {
  const mark = marks.find((each) => element.hasAttribute(each));
  return {
    element,
    pane: element.closest(panes),
    ts: element.closest("article")?.dataset.ts,
    mark: mark && `[${mark}="${element.getAttribute(mark)}"]`,
  };
}

function restore(place) {
  if (!place) return false;
  const { element, pane, ts, mark } = place;
  const message = ts && pane?.querySelector(`article[data-ts="${ts}"]`);
  const found = [
    element.isConnected ? element : null,
    ...(mark && message ? message.querySelectorAll(mark) : []),
    ...(mark && !ts && pane ? pane.querySelectorAll(mark) : []),
    ...(message ? message.querySelectorAll("button") : []),
    ...(pane ? pane.querySelectorAll("textarea") : []),
    ...document.querySelectorAll(".right textarea, .middle textarea, .side button"),
  ].find(shown);
  found?.focus();
  return Boolean(found);
}

function keep() {
  if (last && document.activeElement === document.body && !shown(last.element)) {
    if (shown(document.querySelector("[role=dialog]"))) return;  // it takes the focus itself
    restore(last.pane ? last : outside);
  }
}

addEventListener("focusin", (event) => {
  last = remember(event.target);
  if (last.pane) outside = last;
});
addEventListener("pointerdown", (event) => {
  if (!event.target.closest("button, a, input, textarea, [tabindex]")) last = null;
});
addEventListener("DOMContentLoaded", () =>
  new MutationObserver(keep).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["class", "style"],
  }));
</script>
"""
"""Moves the focus when what had it is redrawn or gone: it never falls out of the page."""

TO_NEWEST = """
  document.querySelectorAll("{where} .scroll").forEach((box) => {{ box.scrollTop = 0; }});
"""
"""Scrolls to the newest message, which is where a list begins; `where` is a selector."""

TO_THREAD_LINK = """
  document.querySelector(".middle article[data-ts='{ts}'] [data-testid=thread]")?.focus();
"""
"""Returns the focus to where a thread was opened."""
