import AssayCore

/// A chart that Plotly.js draws: its data and layout as Plotly's JSON.
struct PlotlyChart {
  var id: String
  var caption: String
  var height: Int
  var traces: [JSONValue]
  var layout: JSONValue

  /// The place of the chart with its data, which no text of a model or file can break out of.
  func html() throws -> HTML {
    let data: JSONValue = ["data": .array(traces), "layout": layout]
    // In a script element only "<" can end it or open a comment.
    let json = try CanonicalJSON.string(data).replacing("<", with: "\\u003c")
    return """
      <figure><figcaption>\(caption)</figcaption>
      <div class="plot" id="\(id)" style="height:\(height)px"></div>
      <script type="application/json" data-plot="\(id)">\(HTML(stringLiteral: json))</script></figure>
      """
  }

  /// Draws every chart of the page in its colours, and again when these change.
  static let script: HTML = """
    <script src="plotly.min.js"></script>
    <script>
    const dark = matchMedia("(prefers-color-scheme: dark)");
    function draw() {
      const style = getComputedStyle(document.documentElement);
      const colour = name => style.getPropertyValue("--" + name).trim();
      const axis = {gridcolor: colour("line"), zerolinecolor: colour("line"),
        linecolor: colour("line"), automargin: true};
      for (const script of document.querySelectorAll("script[data-plot]")) {
        const {data, layout} = JSON.parse(script.textContent);
        const merged = Object.assign({
          paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
          font: {color: colour("ink"), family: "ui-sans-serif, system-ui, sans-serif", size: 13},
          margin: {l: 60, r: 20, t: 10, b: 50}, hovermode: "closest",
          colorway: ["#2f7ab8", "#c8553d", "#3c9d6d", "#b58a1e", "#8d62b5", "#4aa5a9", "#c05c93",
            "#7d7f86", "#5b6ee1", "#9a6a42"]}, layout);
        for (const key of Object.keys(merged)) {
          if (/^[xy]axis/.test(key)) merged[key] = Object.assign({}, axis, merged[key]);
        }
        for (const key of ["xaxis", "yaxis"]) merged[key] = merged[key] || axis;
        Plotly.react(script.dataset.plot, data, merged, {responsive: true, displaylogo: false,
          displayModeBar: false});
      }
    }
    if (window.Plotly) {
      draw();
      dark.addEventListener("change", draw);
    } else {
      // The tables say the same where the page was copied without the file beside it.
      for (const figure of document.querySelectorAll("figure")) figure.hidden = true;
    }
    </script>
    """
}
