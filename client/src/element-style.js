/**
 * How the element looks. A constructed sheet, which needs no `style-src` of the page.
 *
 * `light-dark()` follows the page's `color-scheme`. Text keeps a contrast of 4.5 at least on its ground.
 */

/** @type {CSSStyleSheet | undefined} */
let sheet

/** One sheet for all elements of the page. */
export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
  }
  return sheet
}

const STYLE = `
:host{
--dropslip-accent:light-dark(#0b6e54,#55cfa1);
--dropslip-danger:light-dark(#a92a1c,#ff9c8f);
--dropslip-text:light-dark(#15201b,#e6ede9);
--dropslip-surface:light-dark(#fff,#161e1b);
--dropslip-radius:14px;
--soft:color-mix(in srgb,var(--dropslip-text) 72%,var(--dropslip-surface));
display:block;
color:var(--dropslip-text);
line-height:1.45;
}
:host([hidden]),[hidden]{display:none !important}
*{box-sizing:border-box}
strong,span{unicode-bidi:plaintext}
svg{width:22px;fill:none;stroke:currentcolor;stroke-width:1.6;stroke-linecap:round}
button{border:1px solid #0000;border-radius:9px;font:inherit;cursor:pointer}
:focus-visible{outline:2px solid var(--dropslip-accent);outline-offset:2px}
.base{min-width:0;margin:0;padding:0;border:0}
button:disabled{opacity:.5;cursor:default}
.zone,.file{border:1px solid #8884;border-radius:var(--dropslip-radius);background:var(--dropslip-surface)}
.zone{display:flex;flex-wrap:wrap;align-items:center;justify-content:center;gap:10px 16px;
padding:24px;border:1px dashed var(--soft);text-align:center}
[part~=over]{border:1px solid var(--dropslip-accent);background:#8882}
.choose{min-height:40px;padding:0 18px;background:var(--dropslip-accent);color:var(--dropslip-surface);font-weight:600}
.note,.notice,.total,.error,.status{color:var(--soft);font-size:.875em;overflow-wrap:anywhere}
.note,.total{margin-block-start:10px}
.list{display:grid;gap:10px;margin:10px 0 0;padding:0;list-style:none}
.file{display:grid;grid-template-columns:48px 1fr auto auto;align-items:center;padding:12px}
.preview{position:relative;display:grid;place-content:center;height:48px;overflow:hidden;border-radius:9px;
background:#8882;color:var(--dropslip-accent)}
.picture{position:absolute;width:100%;height:100%;background:var(--dropslip-surface);object-fit:cover}
.facts{min-width:0;padding:0 10px}
.name{max-height:2.9em;overflow:hidden;font-weight:600;overflow-wrap:anywhere}
.status{display:flex;flex-wrap:wrap;column-gap:10px}
.sending .state,.done .state{color:var(--dropslip-accent)}
.failed .state,.message,.notice{color:var(--dropslip-danger)}
.bar,.error{grid-column:1/-1;margin-block-start:10px}
.bar{height:6px;overflow:hidden;border-radius:3px;background:#8884}
.fill{height:100%;background:var(--dropslip-accent);transition:width .2s linear}
.waiting .fill,.paused .fill{background:var(--soft)}
.action{display:grid;place-content:center;width:36px;height:36px;padding:0;background:none;color:var(--soft)}
.action:hover{background:#8884}
.live{position:absolute;overflow:hidden;clip-path:inset(50%);width:1px;height:1px}
@media (hover:none){.drop{display:none}}
@media (prefers-reduced-motion){*{transition:none !important}}
@media (forced-colors:active){
button{border-color:currentcolor}
.bar{border:1px solid}
.fill{background:Highlight !important;forced-color-adjust:none}
}
`
