/** Types of the languages of `<dropslip-upload>`: `addLocales({ de, fr })`. English is built in. */

import type { Strings } from "./element.js";

export const de: Strings;
export const fr: Strings;
export const es: Strings;
export const ja: Strings;
export const ar: Strings;
