"""The theme of the page: its colours, fonts and spacing."""

CSS = """
:root {
  --paper: #faf7f1; --card: #ffffff; --ink: #26302b; --soft: #5c665f; --line: #e4ded2;
  --leaf: #23443a; --leaf-light: #e5efe9; --clay: #a8431f; --sun: #f6e7c8;
}
body, .q-page-container { background: var(--paper); color: var(--ink);
  font-family: "Inter", "Segoe UI", system-ui, sans-serif; font-size: 15.5px; line-height: 1.55; }
#q-loading-bar { display: none; }
.nicegui-content { padding: 0; gap: 0; }
.frame { display: grid; grid-template-columns: 268px minmax(0, 1fr) auto; width: 100vw;
  height: 100vh; }
.side { background: var(--leaf); color: #f1f5f0; padding: 16px 14px 10px; display: flex;
  flex-direction: column; gap: 2px; overflow-y: auto; height: 100vh; }
.side .team { font-family: "Iowan Old Style", Georgia, serif; font-size: 22px; font-weight: 600;
  margin: 0 8px 10px; line-height: 1.3; letter-spacing: .01em; }
.side .label { font-size: 12.5px; color: #c9d8cf; margin: 6px 8px 0; }
.side .place { display: flex; width: 100%; justify-content: space-between; padding: 5px 10px;
  border-radius: 9px; cursor: pointer; color: #f1f5f0; background: none; border: 0; font: inherit;
  text-align: left; }
.side .place:hover, .side .place:focus-visible { background: #31594c; }
.side .place.here { background: #f1f5f0; color: var(--leaf); font-weight: 600; }
.side .badge { background: var(--sun); color: #4a3510; border-radius: 99px; padding: 0 8px;
  font-size: 12px; font-weight: 700; line-height: 20px; height: 20px; }
.side .q-field__native, .side .q-field__label, .side .q-toggle__label, .side .q-icon
  { color: #f1f5f0 !important; }

.time { display: grid; grid-template-columns: repeat(3, 1fr); gap: 5px; }
.side .wind { background: #31594c; justify-content: center; padding: 6px 0; font-size: 12.5px;
  white-space: nowrap; }
.side .wind:hover { background: #3d6a5b; }
.middle { display: flex; flex-direction: column; height: 100vh; min-width: 0; }
.head { padding: 16px 28px 12px; border-bottom: 1px solid var(--line); display: flex;
  justify-content: space-between; align-items: center; }
.head h1, .head h2 { font-weight: 650; font-size: 18px; line-height: 1.55; margin: 0; }
.head .menu { display: none; }
.status { color: var(--soft); font-size: 14px; padding: 0 28px; min-height: 22px; }
.side .q-toggle { flex-wrap: nowrap; }
.controls { padding: 6px 28px 0; }
.act[aria-pressed=true] { background: var(--leaf-light); border-color: var(--leaf); }
.wound { width: 100%; height: 10px; margin-top: 6px; accent-color: #d8a04a; }
.side .languages { display: flex; gap: 14px; margin-top: auto; }
.side .language { color: #c9d8cf; padding: 6px 0; }
.scroll { flex: 1; overflow-y: auto; display: flex; flex-direction: column-reverse; }
.scroll:has(.home) { flex-direction: column; }
.flow { padding: 16px 28px 10px; display: flex; flex-direction: column; gap: 14px; width: 100%;
  margin-bottom: auto; }
.say { position: relative; display: grid; grid-template-columns: 40px minmax(0, 1fr); gap: 12px;
  width: 100%; }
.say > div { min-width: 0; }
.face { width: 40px; height: 40px; border-radius: 13px; display: grid; place-items: center;
  color: #fff; font-weight: 650; font-size: 14px; }
.who { font-weight: 650; } .who small { color: var(--soft); font-weight: 400; margin-left: 8px; }
.words { overflow-wrap: anywhere; max-width: 68ch; }
.words blockquote { border-left: 3px solid #cfd9d1; margin: 4px 0; padding: 2px 0 2px 14px; }
.words code { background: #efe9dd; border-radius: 5px; padding: 1px 6px; font-size: .92em; }
.table { overflow-x: auto; max-width: 100%; }
.table table { border-collapse: collapse; font-size: 14.5px; }
.table th, .table td { border: 1px solid var(--line); padding: 4px 10px; white-space: nowrap; }
.table th { background: var(--leaf-light); font-weight: 600; }
.picture { max-width: min(100%, 560px); border: 1px solid var(--line); border-radius: 12px; }
.file { display: inline-block; border: 1px solid var(--line); border-radius: 12px; background: #fff;
  padding: 10px 16px; margin-top: 6px; color: #1d5c49; font-weight: 600; text-decoration: none; }
.file:hover { text-decoration: underline; }
.quiet { color: var(--soft); font-size: 13.5px; }
.mention { color: #1d5c49; background: var(--leaf-light); border-radius: 5px; padding: 0 4px;
  font-weight: 550; }
.bot { background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  padding: 14px 18px; max-width: min(720px, 100%); display: flex; flex-direction: column; gap: 8px;
  box-shadow: 0 1px 2px rgba(40, 50, 40, .04); width: fit-content; min-width: min(100%, 320px); }
.private .bot { background: #fdf6e6; border-style: dashed; border-color: #dcc796; }
.beside { display: flex; gap: 12px; align-items: flex-start; justify-content: space-between; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.act { border: 1px solid #c9c1b1; border-radius: 10px; padding: 6px 14px; background: #fff;
  color: var(--ink); font: inherit; font-weight: 550; cursor: pointer; min-height: 38px; }
.act:hover { background: #f5f0e6; }
[aria-disabled=true] { opacity: .6; cursor: default; }
.words pre { background: #efe9dd; border-radius: 8px; padding: 8px 12px; overflow-x: auto;
  margin: 4px 0; } .words pre code { background: none; padding: 0; }
.words ul, .words ol { margin: 4px 0; padding-left: 24px; } .words ul { list-style: disc; }
.words ol { list-style: decimal; } .words a { color: #1d5c49; text-decoration: underline; }
.chip { border: 1px solid var(--line); border-radius: 99px; background: #fff; padding: 2px 10px;
  font: inherit; font-size: 13.5px; cursor: pointer; min-height: 26px; color: var(--ink); }
.foot > div { width: auto; } .foot { margin-top: 4px; }
.chip:hover { background: #f5f0e6; } .chip.more { color: var(--soft); position: absolute;
  top: 0; right: 0; opacity: 0; }
.say:hover .chip.more, .say:focus-within .chip.more, .chip.more:focus-visible { opacity: 1; }
@media (hover: none) { .chip.more { opacity: 1; } }
.chip[aria-pressed=true] { background: var(--leaf-light); border-color: var(--leaf); }
.flow .badge { background: var(--sun); color: #4a3510; border-radius: 99px; padding: 0 8px;
  font-size: 12px; font-weight: 700; line-height: 20px; }
.captions { padding: 0 28px; } .caption { background: var(--leaf-light); border-radius: 12px;
  padding: 6px 14px; margin-top: 6px; max-width: 68ch; width: fit-content; }
.offered { position: absolute; bottom: 100%; left: 28px; background: #fff; z-index: 4;
  border: 1px solid var(--line); border-radius: 12px; padding: 6px; min-width: 240px;
  box-shadow: 0 4px 16px rgba(40, 50, 40, .14); }
.option { padding: 5px 12px; border-radius: 8px; cursor: pointer; }
.option[aria-selected=true] { background: var(--leaf); color: #fff; }
.act.primary { background: var(--leaf); color: #fff; border-color: var(--leaf); }
.act.primary:hover { background: #31594c; }
button:focus-visible, a:focus-visible { outline: 3px solid #d8a04a; outline-offset: 2px; }
.thread-link { color: #1d5c49; font-weight: 600; cursor: pointer; background: none; border: 0;
  font: inherit; font-size: 14px; padding: 4px 0; text-align: left; }
.thread-link:hover { text-decoration: underline; }
.right { width: min(460px, 40vw); border-left: 1px solid var(--line); display: flex;
  flex-direction: column; height: 100vh; background: #fdfbf7; }
.composer { position: relative; padding: 10px 28px 18px; display: flex; gap: 10px;
  align-items: flex-end; }
.composer .q-field { flex: 1; }
.composer .q-field__control { border-radius: 14px; background: #fff; }
.right .composer, .right .flow { padding-left: 18px; padding-right: 18px; }
.right .head { padding-left: 18px; padding-right: 18px; }
.hello { background: var(--leaf-light); border-radius: 18px; padding: 22px 26px; max-width: 720px;
  display: flex; flex-direction: column; gap: 12px; }
.hello h2 { font-family: "Iowan Old Style", Georgia, serif; font-size: 22px; margin: 0;
  line-height: 1.3; font-weight: 600; }
.form { width: min(600px, 94vw); padding: 22px 26px; border-radius: 18px; display: flex;
  flex-direction: column; gap: 14px; max-height: 88vh; overflow-y: auto; }
.form > div, .form .q-field { width: 100%; }
.form h2 { font-size: 20px; font-weight: 650; margin: 0; line-height: 1.3; }
.q-menu { flex-direction: column !important; }
.wrong { color: #9b2c10; font-size: 14px; font-weight: 550; }
.divider { height: 1px; background: var(--line); width: 100%; margin: 4px 0; }
.home { padding: 10px 28px; display: flex; flex-direction: column; gap: 12px; max-width: 760px; }
.home h2 { font-family: "Iowan Old Style", Georgia, serif; font-size: 26px; margin: 8px 0 0;
  line-height: 1.3; font-weight: 600; }
@media (max-width: 820px) {
  .frame { grid-template-columns: minmax(0, 1fr); }
  .side { display: none; position: fixed; inset: 0 20vw 0 0; z-index: 6; }
  .frame.open .side { display: flex; }
  .head .menu { display: block; }
  .flow, .composer, .head, .status { padding-left: 14px; padding-right: 14px; }
  .right { position: fixed; inset: 0; width: 100vw; z-index: 5; }
}
"""

FACES = ("#8a4b2d", "#2f6b58", "#5a4a86", "#8a6414", "#2c5f86", "#8a3a5c", "#4d6b22")


def colour(user: str) -> str:
    """Return a person's colour, always the same."""
    return FACES[sum(map(ord, user)) % len(FACES)]
