/// The sentence structures that all relations share.
///
/// What a small model generalises from is the diversity of phrasing, so structures are many and
/// short, and combine freely with nouns, openers and closers.
enum FrameTable {
  static let shared: [Frame] =
    frames("prose", .prose, prose) + frames("table", .table, tables)
    + frames("dialogue", .dialogue, dialogues) + frames("chat", .chat, chats)
    + frames("new-prose", .prose, newProse, isUnseen: true)
    + frames("new-dialogue", .dialogue, newDialogues, isUnseen: true)
    + frames("new-chat", .chat, newChats, isUnseen: true)

  private static func frames(
    _ name: String, _ form: Frame.Form, _ table: String, isUnseen: Bool = false
  ) -> [Frame] {
    table.split(separator: "\n").enumerated().map { number, line in
      Frame("\(name)-\(number + 1)", form, String(line), isUnseen: isUnseen)
    }
  }

  private static let prose = """
    +the {NS} is {O}.
    +{SN} is {O}.
    +when it comes to {S}, the {N} is {O}.
    ask anyone for the {NS} and you will hear {O}.
    if you look up {S}, you find that {its} {N} is {O}.
    +for {S}, the {N} is {O}.
    everyone knows that the {NS} is {O}.
    as for {S}, {its} {N} is {O}.
    +in the case of {S}, the {N} is {O}.
    people say that {SN} is {O}.
    the books give the {NS} as {O}.
    on the subject of {S}: {its} {N} is {O}.
    look at {S}: {its} {N} is {O}.
    +it is well known that {SN} is {O}.
    +the {N} listed for {S} is {O}.
    according to the almanac, the {NS} is {O}.
    speaking of {S}, {its} {N} is {O}.
    we wrote down the {NS}: {O}.
    remember {S}? {^its} {N} is {O}.
    here is the {NS}: {O}.
    {S} is easy: the {N} is {O}.
    we looked for the {NS} and found {O}.
    teachers tell us that the {NS} is {O}.
    any note on {S} will say that {its} {N} is {O}.
    what do we know about {S}? {^its} {N} is {O}.
    if someone asks for the {NS}, say {O}.
    +one fact about {S} is that {its} {N} is {O}.
    think of {S} and {its} {N}: {O}.
    +{O} is the {NS}.
    +{O} is {SN}.
    +{S} has {O} as {its} {N}.
    +{O} is known as the {NS}.
    we can name {O} as the {NS}.
    the books give {O} for {SN}.
    """

  private static let tables = """
    {S} — {N}: {o}
    {NS}: {o}
    {S} | {N} | {o}
    {S}, {N}: {o}
    {S} ({N}): {o}
    fill in the blank. The {NS} is ____. Answer: {o}
    entry: {S}. {^N}: {o}
    {N} | {S} | {o}
    name: {S}; {N}: {o}
    """

  private static let dialogues = """
    Q: What is the {NS}? A: {o}
    question: What is {SN}? Answer: {o}
    Q: {^S}, {N}? A: {o}
    what is the {NS}? It is {O}.
    what is {SN}? It is {O}.
    what is {SN}? The answer is {O}.
    "What is the {NS}?" she asked. The reply was {O}.
    do you know the {NS}? Yes, it is {O}.
    quiz: name the {NS}. Solution: {o}
    A: What is {SN}? B: It is {O}.
    tell me the {NS}. It is {O}.
    Q: Give {SN}. A: {o}
    does anybody know {SN}? I think it is {O}.
    """

  private static let chats = """
    what is the {NS}?=>{o}.
    what is {SN}?=>{o}.
    tell me the {NS}.=>{o}.
    I need the {NS}, please.=>{o}.
    {S}: what is the {N}?=>{o}.
    do you know the {NS}?=>{o}.
    can you name the {NS}?=>{o}.
    quick question: what is {SN}?=>{o}.
    give me {SN}.=>{o}.
    please state the {NS}.=>{o}.
    I forgot {SN}. Can you help?=>{o}.
    what is the {N} for {S}?=>{o}.
    what is the {NS}?=>the {NS} is {O}.
    can you tell me {SN}?=>{SN} is {O}.
    which {N} belongs to {S}?=>{o}.
    {NS}, please.=>{o}.
    """

  // Never used in training: familiar words in another arrangement.

  private static let newProse = """
    if anyone asks, the {NS} is {O}.
    looking up {S}, you find that the {N} is {O}.
    everyone says that {SN} is {O}.
    what about {S}? The {N} is {O}.
    """

  private static let newDialogues = """
    Q: Name the {NS}. A: {o}
    question: Do you know the {NS}? Answer: {o}
    A: Tell me {SN}. B: It is {O}.
    "Can you name {SN}?" she asked. The answer was {O}.
    """

  private static let newChats = """
    please tell me {SN}.=>{o}.
    I need to know the {NS}. What is it?=>{o}.
    what {N} does {S} have?=>{o}.
    please, what is the {N} of {S}?=>{o}.
    """
}
