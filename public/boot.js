// Loads the browser module and wakes the islands of the page, in document order, children after their parents.
const tag = document.querySelector("script[data-wasm]");
const waiting = [];

async function wake(node, module) {
  const name = node.nodeName.toLowerCase();
  if (name === "leptos-island") {
    const island = module[node.dataset.component];
    waiting.at(-1)?.();
    await island?.(node);
  } else if (name === "leptos-children") {
    waiting.push(node.$$on_hydrate);
    for (const child of [...node.children]) await wake(child, module);
    waiting.pop();
    return;
  }
  for (const child of [...node.children]) await wake(child, module);
}

const module = await import(tag.dataset.js);
await module.default({ module_or_path: tag.dataset.wasm });
module.hydrate();
await wake(document.body, module);
document.documentElement.dataset.hydrated = "";
