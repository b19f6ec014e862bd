// Before the first paint, so that nobody who chose a theme sees the other one flash.
try {
  const chosen = localStorage.getItem('dalang.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch (storageIsOff) { /* then the system's theme holds */ }
