// Forms whose text was not accepted yet, kept for this tab alone: the session may end before they are.

const KEY = "al-typed";

/** Entries of {whose, page, form, said, isBack}; `isBack` says that the text has to be put back. */
export function keptForms() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // no storage, or nothing sensible in it
  }
}

export function keepForms(forms) {
  try {
    if (forms.length) sessionStorage.setItem(KEY, JSON.stringify(forms));
    else sessionStorage.removeItem(KEY);
  } catch {
    // A full or forbidden storage only means that nothing is kept.
  }
}
