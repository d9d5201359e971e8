/// The style sheet of all pages: system fonts, one accent, light and dark.
enum PageStyle {
  static let css: HTML = """
    :root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#22252b;--soft:#676d78;
    --line:#e4e1d9;--accent:#2f5d8a;--good:#2e7253;--bad:#b0413a;--wait:#8a6a1f;--wash:#f3f1ea;
    --code:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
    @media (prefers-color-scheme:dark){:root{--paper:#15171b;--card:#1c1f25;--ink:#e3e4e8;
    --soft:#9aa1ad;--line:#30343c;--accent:#8ab6e6;--good:#7cc6a0;--bad:#ee8f86;--wait:#dfbb6b;
    --wash:#23272e}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);
    font:16px/1.6 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    main{max-width:62rem;margin:0 auto;padding:3rem 1.5rem 5rem}
    header p{margin:.2rem 0 0;color:var(--soft)}
    h1{font-size:1.9rem;line-height:1.25;letter-spacing:-.015em;margin:0;font-weight:650}
    h2{font-size:1.15rem;margin:3rem 0 .9rem;font-weight:650;letter-spacing:-.005em}
    h3{font-size:1rem;margin:0 0 .4rem;font-weight:650}
    a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
    code,pre,.mono{font-family:var(--code);font-size:.86em}
    pre{background:var(--wash);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;
    white-space:pre-wrap;overflow-wrap:anywhere;margin:.6rem 0}
    .pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin-top:1.8rem}
    @media (max-width:44rem){.pair{grid-template-columns:1fr}main{padding:1.6rem 1rem 3rem}}
    .card{background:var(--card);border:1px solid var(--line);border-radius:12px;
    padding:1.2rem 1.3rem;min-width:0}
    .card .who{color:var(--soft);font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;
    margin:0 0 .5rem}
    .big{font-size:1.35rem;font-weight:650;margin:0 0 .5rem;letter-spacing:-.01em}
    .good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}.soft{color:var(--soft)}
    .banner{margin-top:1rem;border-left:4px solid var(--line);padding:.2rem 0 .2rem 1rem}
    .banner.good{border-color:var(--good)}.banner.bad{border-color:var(--bad)}
    .banner p{margin:0;color:var(--ink)}
    .meter{height:8px;border-radius:4px;background:var(--wash);overflow:hidden;margin:.5rem 0}
    .meter span{display:block;height:100%;background:var(--accent)}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:.9rem}
    th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;
    border-bottom:1px solid var(--line);overflow-wrap:anywhere}
    th{font-weight:600;color:var(--soft);white-space:nowrap}
    td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    tr:target,details:target,section:target{background:var(--wash)}
    details{border:1px solid var(--line);border-radius:12px;background:var(--card);
    margin:.6rem 0;padding:0 1.2rem}
    details>summary{cursor:pointer;padding:.75rem 0;list-style-position:outside}
    details[open]>summary{border-bottom:1px solid var(--line);margin-bottom:.8rem}
    details details{border-radius:8px;background:transparent}
    .no{display:inline-block;min-width:1.7em;text-align:center;font-size:.8em;font-weight:600;
    border-radius:5px;background:var(--wash);color:var(--accent);padding:0 .35em;margin:0 .1em}
    .claim{border-top:1px solid var(--line);padding:1rem 0}
    .claim:first-of-type{border-top:0;padding-top:0}
    .claim dl,dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.1rem;
    margin:.4rem 0}
    dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
    figure{margin:1rem 0}figcaption{color:var(--soft);font-size:.88rem;margin-bottom:.3rem}
    figure>svg{display:block;width:100%;height:auto;max-width:46rem;
    font:12px ui-sans-serif,system-ui,sans-serif}
    figure>svg text{fill:var(--ink)}figure>svg .soft{fill:var(--soft)}
    figure>svg .bar{fill:var(--accent)}figure>svg .quiet{fill:var(--line)}
    figure>svg .axis{stroke:var(--line)}figure>svg .whisker{stroke:var(--ink)}
    figure>svg .curve{fill:none;stroke:var(--accent);stroke-width:2}
    figure>svg .curve.b{stroke:var(--bad)}figure>svg .curve.c{stroke:var(--good)}
    figure>svg .curve.d{stroke:var(--wait)}
    footer{margin-top:4rem;color:var(--soft);font-size:.88rem}
    """
}
