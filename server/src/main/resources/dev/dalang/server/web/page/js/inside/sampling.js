// What temperature and top-p make of a distribution. The likeliest candidates come with their logits; the many others as
// buckets of (logit, how many), which is exact enough for their sum.

/** @returns candidates with p after temperature and top-p, 0 for those that are left out */
export function sampled({ top, rest }, temperature, topP) {
  const max = top[0].logit;
  if (temperature === 0) return top.map((c, i) => ({ ...c, p: i === 0 ? 1 : 0 }));
  const weight = logit => Math.exp((logit - max) / temperature);
  const weights = top.map(c => weight(c.logit));
  const total = weights.reduce((a, b) => a + b, 0) + rest.reduce((sum, [logit, n]) => sum + n * weight(logit), 0);
  let sum = 0;
  let kept = 0;
  // The smallest set of the likeliest whose probabilities reach top-p (Holtzman et al. 2020).
  for (const w of weights) {
    if (kept > 0 && sum >= topP) break;
    sum += w / total;
    kept++;
  }
  const all = kept === weights.length && sum < topP;
  const mass = all ? 1 : sum;
  return top.map((c, i) => ({ ...c, p: i < kept ? weights[i] / total / mass : 0 }));
}
