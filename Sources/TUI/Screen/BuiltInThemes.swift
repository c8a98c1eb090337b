/// The themes in `themes/`, word for word, so that the program needs no folder beside it; a test holds the two
/// together.
enum BuiltInThemes {
  static let names = ["midnight", "paper", "terminal"]

  /// A built-in theme; nil when there is none of this name.
  static func named(_ name: String) -> Theme? {
    let source: String
    switch name {
    case "midnight": source = midnight
    case "paper": source = paper
    case "terminal": source = terminal
    default: return nil
    }
    return try? ThemeLoader.parse(source, file: name + ".toml")
  }

  static let midnight = """
    # Dark, quiet, 24-bit: one background, three greys, and colour only where it means something.
    name = "midnight"

    [palette]
    night = "#0f1117"
    bar = "#181b24"
    ink = "#c8cedc"
    white = "#ebeef5"
    grey = "#646c82"
    shade = "#4a5166"
    line = "#2c313f"
    blue = "#7aa2f7"
    sky = "#7dcfff"
    green = "#9ece6a"
    amber = "#e0af68"
    rose = "#f7768e"
    violet = "#bb9af7"
    teal = "#73daca"
    slate = "#3e4862"

    [styles]
    background = "ink on night"
    panel = "ink on night"
    border = "line"
    border-focused = "blue"
    title = "grey"
    title-focused = "bold ink"
    text = "ink"
    dim = "grey"
    faint = "shade"
    strong = "bold white"
    accent = "blue"
    success = "green"
    warning = "amber"
    error = "rose"
    user = "blue"
    assistant = "green"
    system = "violet"
    placeholder = "shade"
    caret = "night on ink"
    selection = "white on #2e3c64"
    match = "night on amber"
    special = "violet"
    bar = "ink on bar"
    bar-name = "bold blue on bar"
    bar-key = "blue on bar"
    bar-dim = "grey on bar"
    gauge-full = "sky on line"
    gauge-empty = "line on line"
    heading = "bold blue"
    link = "underline sky"
    quote = "grey"
    code = "ink"
    code-keyword = "blue"
    code-string = "green"
    code-number = "amber"
    code-comment = "grey"
    code-function = "sky"
    axis = "line"
    axis-label = "grey"
    raw = "slate"
    crosshair = "ink"
    added = "green"
    removed = "rose"
    series = ["sky", "amber", "green", "violet", "rose", "teal", "blue", "#ff9e64"]
    tokens = [
      "white on #3c5c56", "white on #6e4632", "white on #3e4870",
      "white on #683c5a", "white on #465c30", "white on #706020",
    ]
    scale = ["green", "#b8cc7a", "amber", "#ee9670", "rose"]

    """

  static let paper = """
    # Light, warm, 24-bit.
    name = "paper"

    [palette]
    paper = "#faf8f2"
    bar = "#f0ece2"
    ink = "#323640"
    black = "#141414"
    grey = "#80828a"
    shade = "#a9a9a9"
    line = "#d6d2c8"
    blue = "#2662be"
    sea = "#146eaa"
    green = "#3a803e"
    amber = "#b0640c"
    rose = "#be283c"
    violet = "#7a46b4"
    teal = "#147d78"

    [styles]
    background = "ink on paper"
    panel = "ink on paper"
    border = "line"
    border-focused = "blue"
    title = "grey"
    title-focused = "bold ink"
    text = "ink"
    dim = "grey"
    faint = "shade"
    strong = "bold black"
    accent = "blue"
    success = "green"
    warning = "amber"
    error = "rose"
    user = "blue"
    assistant = "green"
    system = "violet"
    placeholder = "shade"
    caret = "paper on ink"
    selection = "black on #c3d6f5"
    match = "black on #ffd92f"
    special = "violet"
    bar = "ink on bar"
    bar-name = "bold blue on bar"
    bar-key = "blue on bar"
    bar-dim = "grey on bar"
    gauge-full = "sea on line"
    gauge-empty = "line on line"
    heading = "bold blue"
    link = "underline sea"
    quote = "grey"
    code = "ink"
    code-keyword = "blue"
    code-string = "green"
    code-number = "amber"
    code-comment = "grey"
    code-function = "sea"
    axis = "line"
    axis-label = "grey"
    raw = "#cdd0dc"
    crosshair = "ink"
    added = "green"
    removed = "rose"
    series = ["sea", "amber", "green", "violet", "rose", "teal", "blue", "#8c5a2b"]
    tokens = [
      "black on #66c2a5", "black on #fc8d62", "black on #8da0cb",
      "black on #e78ac3", "black on #a6d854", "black on #ffd92f",
    ]
    scale = ["green", "#6e7a1e", "amber", "#c8501e", "rose"]

    """

  static let terminal = """
    # Only the terminal's own 16 colours, on its own background: follows the user's palette, safe over SSH and on
    # the console.
    name = "terminal"

    [styles]
    background = "default on default"
    panel = "default on default"
    border = "bright-black"
    border-focused = "blue"
    title = "bright-black"
    title-focused = "bold default"
    text = "default"
    dim = "bright-black"
    faint = "bright-black"
    strong = "bold default"
    accent = "blue"
    success = "green"
    warning = "yellow"
    error = "red"
    user = "blue"
    assistant = "green"
    system = "magenta"
    placeholder = "bright-black"
    caret = "reverse default"
    selection = "reverse default"
    match = "black on yellow"
    special = "magenta"
    bar = "reverse default"
    bar-name = "reverse bold default"
    bar-key = "reverse bold default"
    bar-dim = "reverse default"
    gauge-full = "cyan"
    gauge-empty = "bright-black"
    heading = "bold blue"
    link = "underline cyan"
    quote = "bright-black"
    code = "default"
    code-keyword = "blue"
    code-string = "green"
    code-number = "yellow"
    code-comment = "bright-black"
    code-function = "cyan"
    axis = "bright-black"
    axis-label = "bright-black"
    raw = "bright-black"
    crosshair = "default"
    added = "green"
    removed = "red"
    series = ["cyan", "yellow", "green", "magenta", "red", "blue"]
    tokens = [
      "black on green", "black on yellow", "black on cyan",
      "black on magenta", "black on white", "white on blue",
    ]
    scale = ["green", "cyan", "yellow", "magenta", "red"]

    """
}
