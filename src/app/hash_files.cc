#include "app/hash_files.h"

#include <deque>

#include "crypto/digest.h"
#include "env/source_tree.h"
#include "examine/examiner_client.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/pdq.h"

namespace crossguard {
namespace {

using nlohmann::json;
using namespace examine;  // NOLINT: this file is about nothing else

constexpr size_t kReadPieceBytes = size_t{1} << 20;
constexpr size_t kHeadBytes = kKindBytes;

// One file read once: digests of all of it, and its bytes as far as the examiner opens them.
struct ReadOne {
  Digests digests;
  Bytes bytes;
};
Result<ReadOne> ReadFileOnce(ReadFile& file, uint64_t open_max_bytes) {
  ReadOne out;
  DigestStream digests;
  Bytes piece(kReadPieceBytes);
  const bool whole = file.size() <= open_max_bytes;
  uint64_t offset = 0;
  for (;;) {
    const size_t got = TRY(file.ReadAt(offset, piece));
    if (got == 0) break;
    const ByteView read = ByteView(piece).first(got);
    digests.Update(read);
    if (whole)
      out.bytes.insert(out.bytes.end(), read.begin(), read.end());
    else if (out.bytes.empty())
      out.bytes.assign(read.begin(), read.begin() + static_cast<std::ptrdiff_t>(std::min(got, kHeadBytes)));
    offset += got;
  }
  out.digests = digests.Finish();
  return out;
}

// Walks the given paths one after another, in the order of their names.
class Walk {
 public:
  explicit Walk(const std::vector<std::string>& paths) : paths_(paths) {}
  struct Found {
    std::string path;                // for people: as given, joined
    std::unique_ptr<ReadFile> file;  // null: cannot be read
    std::string reason;
  };
  std::optional<Found> Next() {
    for (;;) {
      if (!tree_) {
        if (next_ == paths_.size()) return std::nullopt;
        root_ = paths_[next_++];
        auto tree = OpenSystemTree(root_);
        if (!tree) return Found{root_, nullptr, tree.error().message};
        tree_ = std::move(*tree);
      }
      auto entry = tree_->Next();
      if (!entry || !*entry) {
        tree_.reset();
        if (!entry) return Found{root_, nullptr, entry.error().message};
        continue;
      }
      return Open(**entry);
    }
  }

 private:
  Found Open(const SourceEntry& entry) {
    const std::string base = root_.substr(root_.find_last_of('/') + 1);
    const std::string path = entry.path == base ? root_ : root_ + (root_.ends_with('/') ? "" : "/") + entry.path;
    if (entry.kind != SourceEntry::Kind::kRegular) return {path, nullptr, entry.reason};
    auto file = tree_->Open(entry.path);
    if (!file) return {path, nullptr, file.error().message};
    return {path, std::move(*file), ""};
  }
  const std::vector<std::string>& paths_;
  size_t next_ = 0;
  std::string root_;
  std::unique_ptr<SourceTree> tree_;
};

json Unreadable(const std::string& path, const std::string& reason) {
  return {{"path", path},          {"state", "unreadable"},  {"reason", reason}, {"type", nullptr},
          {"size_bytes", nullptr}, {"md5", nullptr},         {"sha1", nullptr},  {"sha256", nullptr},
          {"pdq", nullptr},        {"pdq_quality", nullptr}, {"width", nullptr}, {"height", nullptr}};
}

json FramesOf(const FileFacts& facts) {
  json out = json::array();
  for (const VideoFrame& frame : facts.video_frames) {
    out.push_back({{"number", frame.number},
                   {"at_millis", frame.at_millis},
                   {"quality", frame.quality},
                   {"pdq", frame.pdq.hex()}});
  }
  return out;
}

json MembersOf(const FileFacts& facts) {
  json out = json::array();
  for (const ArchiveMember& member : facts.members) {
    out.push_back({{"name", member.name},
                   {"size_bytes", member.size_known ? json(member.size_bytes) : json(nullptr)},
                   {"is_file", member.is_file},
                   {"encrypted", member.encrypted},
                   {"name_escapes", member.name_escapes}});
  }
  return out;
}

// What a person is told of them: how many, and what is odd about them.
std::string MembersInWords(const json& members) {
  int64_t files = 0;
  int64_t locked = 0;
  int64_t odd_names = 0;
  for (const json& member : members) {
    files += member["is_file"] ? 1 : 0;
    locked += member["encrypted"] ? 1 : 0;
    odd_names += member["name_escapes"] ? 1 : 0;
  }
  std::string out = "  (files inside: " + std::to_string(files);
  if (locked > 0) out += "; only a password opens: " + std::to_string(locked);
  if (odd_names > 0) out += "; names that mislead: " + std::to_string(odd_names);
  return out + ")";
}

json Fact(const std::string& path, const Digests& digests, const FileFacts& facts) {
  json out = {{"path", path},
              {"state", Name(facts.state)},
              {"reason", Name(facts.reason)},
              {"type", MimeType(facts.kind)},
              {"size_bytes", digests.size_bytes},
              {"md5", digests.md5.hex()},
              {"sha1", digests.sha1.hex()},
              {"sha256", digests.sha256.hex()},
              {"pdq", nullptr},
              {"pdq_quality", nullptr},
              {"pdq_full", nullptr},
              {"pdq_full_quality", nullptr},
              {"width", nullptr},
              {"height", nullptr}};
  if (facts.pdq) {
    out["pdq"] = facts.pdq->hex();
    out["pdq_quality"] = facts.pdq_quality;
  }
  if (facts.behind_at > 0) out["behind_at"] = facts.behind_at;
  if (IsArchive(facts.kind)) out["members"] = MembersOf(facts);
  out["name_fits_kind"] = facts.state == State::kEmpty || NameFits(path, MimeType(facts.kind));
  if (facts.video) {
    out["container"] = facts.video->container;
    out["codec"] = facts.video->codec;
    out["duration_millis"] = facts.video->duration_millis;
    out["frame_rate"] = facts.video->frame_rate;
  }
  if (facts.video || !facts.video_frames.empty()) out["vpdq"] = FramesOf(facts);
  if (facts.pdq_whole) {
    out["pdq_full"] = facts.pdq_whole->hex();
    out["pdq_full_quality"] = facts.pdq_whole_quality;
  }
  for (size_t i = 0; i < facts.turned.size(); ++i)
    out["pdq_dihedral"][std::string(Name(static_cast<Turn>(i + 1)))] = facts.turned[i].hex();
  if (facts.width > 0) {
    out["width"] = facts.width;
    out["height"] = facts.height;
  }
  return out;
}

}  // namespace

Result<HashSummary> HashFiles(Env&, const std::vector<std::string>& paths, const HashWishes& wishes,
                              const std::function<void(const json&)>& on_fact) {
  ExaminerOptions options;
  options.workers = static_cast<uint32_t>(std::max(0, wishes.workers));
  options.limits.whole_pdq = wishes.full_pdq;
  options.limits.turned_pdq = wishes.dihedral;
  const auto examiner = TRY(Examiner::Start(options));
  HashSummary summary;
  Walk walk(paths);
  // Facts come back in order, but later than files go in: what waits is kept here, unreadable ones in their place.
  struct Waiting {
    std::string path;
    std::optional<Digests> digests;  // none: unreadable
    std::string reason;
  };
  std::deque<Waiting> waiting;
  const auto tell_unreadable = [&] {
    while (!waiting.empty() && !waiting.front().digests) {
      on_fact(Unreadable(waiting.front().path, waiting.front().reason));
      waiting.pop_front();
    }
  };
  Bytes held;
  const auto source = [&](ExamineInput& input) -> Result<bool> {
    for (;;) {
      auto found = walk.Next();
      if (!found) return false;
      ++summary.file_count;
      auto read = found->file ? ReadFileOnce(*found->file, options.file_bytes_max)
                              : Result<ReadOne>(Fail(Code::kUnavailable, found->reason));
      if (!read) {
        ++summary.unreadable_count;
        waiting.push_back({found->path, std::nullopt, read.error().message});
        continue;
      }
      held = std::move(read->bytes);
      waiting.push_back({found->path, read->digests, ""});
      input = {.tag = 0, .bytes = held, .size_bytes = read->digests.size_bytes, .depth = 0, .read = {}};
      if (input.size_bytes > options.file_bytes_max) {
        const std::shared_ptr<ReadFile> file = std::move(found->file);
        input.read = [file](uint64_t offset, std::span<uint8_t> out) { return file->ReadAt(offset, out); };
      }
      return true;
    }
  };
  const auto sink = [&](uint64_t, const FileFacts& facts) -> Status {
    tell_unreadable();
    on_fact(Fact(waiting.front().path, *waiting.front().digests, facts));
    waiting.pop_front();
    return {};
  };
  TRY(examiner->Examine(source, sink));
  tell_unreadable();
  return summary;
}

std::string HashLine(const json& fact) {
  const auto text = [&](const char* name) {
    return fact[name].is_string() ? fact[name].get<std::string>() : std::string("-");
  };
  const std::string reason = text("reason");  // why it was not opened, or not to its end
  return text("sha256") + "  " + text("pdq") + "  " + text("state") + "  " + text("type") + "  " + text("path") +
         (reason.empty() || reason == "-" ? "" : "  (" + reason + ")") +
         (fact.contains("vpdq") ? "  (frames fingerprinted: " + std::to_string(fact["vpdq"].size()) + ")" : "") +
         (fact.contains("members") && !fact["members"].empty() ? MembersInWords(fact["members"]) : "") +
         (fact.value("name_fits_kind", true) ? "" : "  (the name says another kind)") +
         (fact.contains("behind_at") ? "  (another file behind its end)" : "") + "\n";
}

}  // namespace crossguard
