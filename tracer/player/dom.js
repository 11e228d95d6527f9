/** The few things that views do with elements. */

/** The element inside another that a selector names. */
export const find = (root, selector) => root.querySelector(selector);

/** All elements inside another that a selector names. */
export const findAll = (root, selector) => [...root.querySelectorAll(selector)];

/** A new element with properties, such as `{ className: "name" }`, and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Set an attribute, or remove it where the value is null or false; the page is left alone if nothing changes. */
export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Set an element's text; the page is left alone if it is there already. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set what is in an element; the page is left alone, and nothing is read aloud again, if it is there already. */
export function setChildren(element, children) {
  const old = element.children;
  if (old.length !== children.length || children.some((child, place) => !child.isEqualNode(old[place]))) {
    element.replaceChildren(...children);
  }
}

/** Do something when something happens to an element. */
export const listen = (element, event, action) => element.addEventListener(event, action);

/** Do something when an element is clicked. */
export const onClick = (element, action) => listen(element, "click", action);

/** Where an element is on the screen. */
export const boxOf = (element) => element.getBoundingClientRect();
