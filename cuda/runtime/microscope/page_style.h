#pragma once

namespace cadena::cuda::microscope {

/// How a page of annotated source begins. The warmer a line, the more bytes it moves; `--heat` is the square root of
/// its share of the hottest line.
inline constexpr const char* kPageBegin = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Microscope</title>
<style>
:root { color-scheme: light dark; --text: #1b1f24; --page: #ffffff; --faint: #6a737d; --card: #f4f6f8; --hot: 217, 72, 15;
        --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e7eb; --page: #14171a; --faint: #8b949e; --card: #1e2328; --hot: 255, 138, 76; --bad: #ff8a80; }
}
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; color: var(--faint); }
pre, code { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--card); padding: .75rem; border-radius: 8px; overflow-x: auto; }
summary { cursor: pointer; }
.source { border-radius: 8px; background: var(--card); padding: .5rem 0; overflow-x: auto; }
.line { display: flex; flex-wrap: wrap; align-items: baseline; padding: 0 .75rem;
        background: rgba(var(--hot), calc(var(--heat) * .38)); }
.number { width: 3rem; flex: none; color: var(--faint); font: 13px/1.5 ui-monospace, monospace; }
.line code { white-space: pre-wrap; overflow-wrap: anywhere; flex: 1 1 30rem; min-width: 0; padding-left: 4ch;
             text-indent: -4ch; }
.notes { display: flex; flex-wrap: wrap; gap: .25rem; padding: .1rem 0; margin-left: auto; }
.note { font-size: 12px; line-height: 1.4; background: var(--page); border-radius: 6px; padding: .05rem .45rem;
        white-space: pre-line; }
.note.bad b, .fault { color: var(--bad); }
.gap { color: var(--faint); padding: 0 .75rem; }
@media (max-width: 40rem) { main { padding: .5rem; } .number { width: 2.2rem; } .line code { flex-basis: 12rem; }
                            .notes { flex-basis: 100%; padding-left: 2.2rem; } }
</style></head>
<body><main>
<h1>Microscope</h1>
<p>Counted on the emulator, not measured on a GPU. The warmer a line, the more bytes it moves. A request is one instruction
of one warp; <b>sectors</b> are 32 bytes of device memory, <b>wavefronts</b> passes over the banks of shared memory.</p>
)";

}  // namespace cadena::cuda::microscope
