// The navigation, which narrow windows show as a drawer over the page.

/** What opens or closes it. */
export function drawer(open) {
  return () => document.body.classList.toggle('drawer', open);
}
