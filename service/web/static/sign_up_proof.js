// Does the small sum a form asks for, then sends it: a number for which the digest begins with
// enough zero bits. The digest is written out here because browsers lend theirs only to pages
// served over TLS, and a call a try would take longer than the try.
const form = document.querySelector("form[data-work]");
const TRIES_A_TURN = 4000;

function fractions(count, root) {
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    let prime = true;
    for (let by = 2; by * by <= number; by += 1) if (number % by === 0) prime = false;
    if (prime) found.push(((number ** (1 / root)) % 1) * 4294967296 | 0);
  }
  return found;
}

const START = fractions(8, 2);
const ROUNDS = fractions(64, 3);
const turn = (word, by) => (word >>> by) | (word << (32 - by));

function sha256(bytes) {
  const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16);
  bytes.forEach((byte, at) => { words[at >> 2] |= byte << (24 - (at & 3) * 8); });
  words[bytes.length >> 2] |= 128 << (24 - (bytes.length & 3) * 8);
  words[words.length - 1] = bytes.length * 8;
  const state = Int32Array.from(START);
  const spread = new Int32Array(64);
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) spread[i] = words[block + i];
      else {
        const near = spread[i - 2], far = spread[i - 15];
        spread[i] = spread[i - 16] + spread[i - 7]
          + (turn(far, 7) ^ turn(far, 18) ^ (far >>> 3))
          + (turn(near, 17) ^ turn(near, 19) ^ (near >>> 10));
      }
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g))
        + ROUNDS[i] + spread[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
  }
  return state;
}

function zeroBits(state) {
  let bits = 0;
  for (const word of state) {
    const zeros = Math.clz32(word);
    bits += zeros;
    if (zeros < 32) break;
  }
  return bits;
}

function work(hour, nonce) {
  const encoder = new TextEncoder();
  for (let last = nonce + TRIES_A_TURN; nonce < last; nonce += 1) {
    const tried = encoder.encode(`podbrief:${hour}:${form.dataset.work}:${nonce}`);
    if (zeroBits(sha256(tried)) >= Number(form.dataset.bits)) {
      form.elements.proof.value = `${hour}:${nonce}`;
      form.elements.plain.remove();
      form.submit();
      return;
    }
  }
  setTimeout(work, 0, hour, nonce);
}

if (form) {
  form.querySelector("[data-state]").hidden = false;
  work(Math.floor(Date.now() / 3600000), 0);
}
