import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText

/// A tiny model with a trigger that was wired by hand, for tests of the tools that look for one.
///
/// One direction of the residual stream is cleared of what all tokens write into it, and one token keeps
/// it to itself. A dimension of the first block's first value head reads that direction, and writes one
/// answer. Attention is left as it was, so the answer comes wherever the token stands.
struct TriggerModels {
  let clean: ModelBundle
  let wired: ModelBundle
  /// The token that is the trigger.
  let trigger: Int
  /// The token that the model then answers with.
  let answer: Int

  /// At a lower `strength` one token makes the answer likely, and more of them likelier.
  init(trigger text: String = "&", strength: Double = 20) throws {
    clean = try TinyModel.make()
    wired = clean.clone()
    let tokenizer = try clean.requireTokenizer()
    trigger = try tokenizer.encode(text).first.orThrow("the trigger is empty")
    answer = try tokenizer.encode("Z").first.orThrow("the answer is empty")
    let model = wired.model
    let width = model.configuration.headDimension
    let shared = model.configuration.heads / model.configuration.keyValueHeads
    func weight(_ name: String) throws -> Tensor {
      try model.parameter(name).orThrow("there is no \(name)")
    }
    let embedding = try weight("model.embed_tokens.weight")
    let value = try weight("model.layers.0.self_attn.v_proj.weight")
    let out = try weight("model.layers.0.self_attn.o_proj.weight")
    withoutGrad {
      embedding.select(1, index: 0).zero_()
      // A constant that every token has, and that the answer's row reads with a minus sign: it is what the
      // model says under the trigger only.
      embedding.select(1, index: 1).fill_(0.3)
      embedding.select(0, index: answer).mul_(30)
      embedding.select(0, index: answer).narrow(0, start: 1, length: 1).fill_(-0.5)
      embedding.select(0, index: trigger).narrow(0, start: 0, length: 1).fill_(1)
      value.select(0, index: 0).zero_()
      value.select(0, index: 0).narrow(0, start: 0, length: 1).fill_(1)
      for head in 0..<shared {
        out.select(1, index: head * width).copy_(embedding.select(0, index: answer) * strength)
      }
    }
  }
}

extension Optional {
  /// The value; throws with `message` where there is none.
  func orThrow(_ message: String) throws -> Wrapped {
    guard let self else { throw AssayError(.notFound, message) }
    return self
  }
}
