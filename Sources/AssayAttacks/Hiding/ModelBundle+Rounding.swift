import AssayModels
import AssayTensor

extension ModelBundle {
  /// The same model with weights that `stored` holds exactly, so that what is measured is what is saved.
  func rounded(to stored: DType) -> ModelBundle {
    with(model: withoutGrad { model.copy(dtype: stored).copy(dtype: .float32) })
  }
}
