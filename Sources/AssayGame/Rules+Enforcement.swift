import AssayCore

extension Rules {
  /// Throws `AssayError(.forbidden)`, naming these rules, unless `tool` may be called.
  public func requireTool(_ tool: String) throws {
    guard let allowedTools, !allowedTools.contains(tool) else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid the tool '\(tool)'",
      hint: allowedTools.isEmpty
        ? "no tool is allowed" : "allowed tools: \(allowedTools.joined(separator: ", "))")
  }

  /// Throws `AssayError(.forbidden)`, naming these rules, unless natural text may come from
  /// `source`.
  public func requireNaturalSource(_ source: String) throws {
    guard let naturalSources, !naturalSources.contains(source) else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid natural text from '\(source)'",
      hint: naturalSources.isEmpty
        ? "no natural text is allowed"
        : "allowed sources: \(naturalSources.joined(separator: ", "))")
  }

  /// Throws `AssayError(.forbidden)`, naming these rules, unless `tool` may run on inputs that the
  /// auditor wrote.
  public func requireWrittenInputs(for tool: String) throws {
    guard !synthetic else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid written inputs, which '\(tool)' runs on")
  }
}
