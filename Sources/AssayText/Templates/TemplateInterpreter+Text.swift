extension TemplateInterpreter {
  /// `str` of a value: what `{{ }}` prints.
  func text(of value: TemplateValue) throws -> String {
    switch value {
    case .string(let text), .markup(let text): return text
    case .undefined: return ""
    default:
      var out = ""
      try write(value, to: &out)
      return out
    }
  }

  /// `repr` of a value.
  func write(_ value: TemplateValue, to out: inout String) throws {
    try charge(1)
    switch value {
    case .undefined: out += "Undefined"
    case .none: out += "None"
    case .bool(let value): out += value ? "True" : "False"
    case .int(let value): out += String(value)
    case .float(let value): out += PythonText.float(value)
    case .string(let text): try append(PythonText.quoted(text), to: &out)
    case .markup(let text): try append("Markup(\(PythonText.quoted(text)))", to: &out)
    case .list(let list): try write(list.items, "[", "]", to: &out)
    case .tuple(let list): try write(list.items, "(", list.items.count == 1 ? ",)" : ")", to: &out)
    case .dict(let members): try write(members, to: &out)
    case .view(let view, _):
      out += "dict_\(view.rawValue)("
      try write(iterate(value), "[", "])", to: &out)
    case .range(let range):
      out += "range(\(range.start), \(range.stop)" + (range.step == 1 ? ")" : ", \(range.step))")
    case .namespace(let number):
      out += "<Namespace "
      try write(namespaces[number], to: &out)
      out += ">"
    case .loop(let number):
      out += "<LoopContext \(loops[number].index + 1)/\(loops[number].items.count)>"
    case .macro(let number): out += "<Macro \(PythonText.quoted(macros[number].macro.name))>"
    case .iterator: out += "<generator object>"
    case .function(let function): out += "<function \(function.rawValue)>"
    case .method(let method): out += "<built-in method \(method.name)>"
    }
  }

  private func write(
    _ items: [TemplateValue], _ open: String, _ close: String, to out: inout String
  ) throws {
    try nested {
      out += open
      for (index, item) in items.enumerated() {
        if index > 0 { out += ", " }
        try write(item, to: &out)
      }
      out += close
    }
  }

  private func write(_ members: TemplateDictionary, to out: inout String) throws {
    try nested {
      out += "{"
      for (index, member) in zip(members.keys, members.values).enumerated() {
        if index > 0 { out += ", " }
        try write(member.0, to: &out)
        out += ": "
        try write(member.1, to: &out)
      }
      out += "}"
    }
  }
}
