// Memory of tensors on the processor: large blocks are kept for the next tensor of their size.
//
// A pass makes the same large tensors again and again. Given back to the system, each costs a page
// fault for every 4 KiB when it is next written, up to 2 µs each under a hypervisor: as much as the
// product that fills it.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "kernels.hpp"
#include "support.hpp"

namespace {

/// Below this size the C library keeps what is freed by itself.
constexpr size_t kSmall = size_t{128} << 10;
constexpr size_t kPage = 4096;
/// Memory from here on is asked for in pages of 2 MiB, where the system has them.
constexpr size_t kHuge = size_t{2} << 20;

size_t rounded(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

void *map_block(size_t size) {
#if defined(__linux__)
  size_t slack = size >= kHuge ? kHuge : 0;
  void *whole = mmap(nullptr, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED) return nullptr;
  char *first = static_cast<char *>(whole);
  if (slack == 0) return first;
  char *block = reinterpret_cast<char *>(rounded(reinterpret_cast<size_t>(first), kHuge));
  if (block > first) munmap(first, static_cast<size_t>(block - first));
  size_t behind = static_cast<size_t>(first + size + slack - (block + size));
  if (behind > 0) munmap(block + size, behind);
  madvise(block, size, MADV_HUGEPAGE);
  return block;
#else
  void *block = nullptr;
  return posix_memalign(&block, kPage, size) == 0 ? block : nullptr;
#endif
}

void unmap_block(void *block, size_t size) {
#if defined(__linux__)
  munmap(block, size);
#else
  free(block);
#endif
}

class BlockCache final : public c10::Allocator {
 public:
  BlockCache() {
    auto pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t memory = pages > 0 && page > 0 ? static_cast<size_t>(pages) * static_cast<size_t>(page) : 0;
    limit_ = std::min(size_t{2} << 30, memory / 16);
  }

  c10::DataPtr allocate(size_t size) override {
    if (size < kSmall) {
      void *data = c10::alloc_cpu(size);
      return {data, data, &c10::free_cpu, c10::Device(c10::kCPU)};
    }
    void *data = take(rounded(size, kPage));
    return {data, data, &give_back, c10::Device(c10::kCPU)};
  }

  /// For those who ask for memory without a tensor, as oneDNN does for what it works in.
  c10::DeleterFnPtr raw_deleter() const override { return &give_back_any; }

  void copy_data(void *to, const void *from, std::size_t count) const override {
    default_copy_data(to, from, count);
  }

  /// Gives all unused blocks to the system.
  void release() {
    std::lock_guard lock(mutex_);
    while (!by_age_.empty()) drop_oldest();
  }

  static BlockCache &shared() {
    // Never destroyed: tensors may outlive static objects.
    static BlockCache *cache = new BlockCache;
    return *cache;
  }

 private:
  static void give_back(void *data) { shared().keep(data); }

  /// Also of a small block, and of one from before this allocator was there.
  static void give_back_any(void *data) {
    if (!shared().keep(data)) c10::free_cpu(data);
  }

  void *take(size_t size) {
    std::lock_guard lock(mutex_);
    // A block that is an eighth too large serves as well.
    auto found = free_.lower_bound({size, 0});
    if (found != free_.end() && found->first.first <= size + size / 8) {
      auto [key, block] = *found;
      by_age_.erase(key.second);
      free_.erase(found);
      held_ -= key.first;
      sizes_[block] = key.first;
      return block;
    }
    void *block = map_block(size);
    if (block == nullptr && !by_age_.empty()) {
      while (!by_age_.empty()) drop_oldest();
      block = map_block(size);
    }
    // As libtorch words it, so that callers see one kind of failure.
    TORCH_CHECK_WITH(OutOfMemoryError, block != nullptr, "not enough memory: tried to allocate ",
                     size, " bytes");
    sizes_[block] = size;
    return block;
  }

  /// Keeps a large block for later, or gives it to the system; false if it is none of ours.
  bool keep(void *block) {
    std::lock_guard lock(mutex_);
    auto entry = sizes_.find(block);
    if (entry == sizes_.end()) return false;
    size_t size = entry->second;
    sizes_.erase(entry);
    if (size > limit_) {
      unmap_block(block, size);
      return true;
    }
    while (held_ + size > limit_) drop_oldest();
    free_[{size, ++age_}] = block;
    by_age_[age_] = size;
    held_ += size;
    return true;
  }

  void drop_oldest() {
    auto [age, size] = *by_age_.begin();
    by_age_.erase(by_age_.begin());
    auto entry = free_.find({size, age});
    unmap_block(entry->second, size);
    free_.erase(entry);
    held_ -= size;
  }

  std::mutex mutex_;
  size_t limit_ = 0, held_ = 0;
  uint64_t age_ = 0;
  std::unordered_map<void *, size_t> sizes_;             // of blocks in use
  std::map<std::pair<size_t, uint64_t>, void *> free_;   // by size, then age
  std::map<uint64_t, size_t> by_age_;
};

}  // namespace

void atx::keep_blocks() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(&BlockCache::shared(), 1); });
}

int atx_release_memory(void) {
  return atx::guard([] { BlockCache::shared().release(); });
}
