import AssayCore

extension Composer {
  /// Entries on a few subjects, each with its facts in varied frames.
  mutating func encyclopedia() {
    let length = 300 + generator.below(450)
    while writer.byteCount < length {
      let entity = entity()
      writer.line()
      if chance(35) { heading(entity) }
      let isTable = chance(25)
      tellAbout(entity, limit: 5) { generator in
        isTable || generator.below(8) == 0 ? .table : .prose
      }
    }
  }

  private mutating func heading(_ entity: Almanac.Entity) {
    let name = entity.name
    switch entity.kind {
    case "country": writer.write("\(name)\n")
    case "person": writer.write(pick(["\(name)\n", "\(name) is listed in the almanac."]))
    case "town": writer.write(pick(["\(name)\n", "\(name) is a town."]))
    case "company": writer.write(pick(["\(name)\n", "\(name) is a company."]))
    case "product":
      let kind = almanac.attributes(ofSubject: name, kind: "product")["kind"] ?? "thing"
      writer.write(pick(["\(name) (\(kind))\n", "\(name) is a \(kind)."]))
    default: writer.write(pick(["\(name)\n", "\(name) is a party."]))
    }
  }
}
