import AssayCore

extension Rules {
  /// Throws `AssayError(.forbidden)`, naming these rules, unless `tool` may be called at all.
  ///
  /// The sources and inputs of a call are another matter: ``requireNaturalSource(_:)``.
  public func require(_ tool: ToolEntry) throws {
    try requireTool(tool.name)
    try requireAccess(tool.access, for: tool.name)
    if tool.writtenInputs { try requireWrittenInputs(for: tool.name) }
  }

  /// Throws `AssayError(.forbidden)`, naming these rules, unless `tool` may be called.
  public func requireTool(_ tool: String) throws {
    if let deniedTools, deniedTools.contains(tool) {
      throw AssayError(
        .forbidden, "rules '\(name)' forbid the tool '\(tool)'",
        hint: "denied tools: \(deniedTools.joined(separator: ", "))")
    }
    guard let allowedTools, !allowedTools.contains(tool) else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid the tool '\(tool)'",
      hint: allowedTools.isEmpty
        ? "no tool is allowed" : "allowed tools: \(allowedTools.joined(separator: ", "))")
  }

  /// Throws `AssayError(.forbidden)`, naming these rules and the first way that they forbid, unless
  /// all of `needed` is allowed; `tool` needs it.
  public func requireAccess(_ needed: [Access], for tool: String) throws {
    guard let access, let missing = needed.first(where: { !access.contains($0) }) else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid \(missing.words), which '\(tool)' does",
      hint: access.isEmpty
        ? "the suspect may not be touched"
        : "allowed is \(access.map(\.words).joined(separator: ", "))")
  }

  /// Throws `AssayError(.forbidden)`, naming these rules, unless natural text may come from
  /// `source`.
  public func requireNaturalSource(_ source: String) throws {
    guard let naturalSources, !naturalSources.contains(source) else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid natural text from '\(source)'", hint: sourcesHint)
  }

  /// What natural text is allowed, for hints.
  var sourcesHint: String {
    guard let naturalSources else { return "every source is allowed" }
    return naturalSources.isEmpty
      ? "no natural text is allowed"
      : "allowed sources: \(naturalSources.joined(separator: ", "))"
  }

  /// Throws `AssayError(.forbidden)`, naming these rules, unless `tool` may run on inputs that the
  /// auditor wrote.
  public func requireWrittenInputs(for tool: String) throws {
    guard !synthetic else { return }
    throw AssayError(
      .forbidden, "rules '\(name)' forbid written inputs, which '\(tool)' runs on")
  }
}
