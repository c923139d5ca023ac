#include "intake/match_files.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/json.h"

namespace crossguard::intake {
namespace {

constexpr int64_t kBatchRows = 500;

struct NameParts {
  std::string group;  // the folder's own name
  std::string name;
  std::string stem;  // without its last extension
};

// The register writes '%', control characters and stray bytes of a path as %XX; a declared name has them as they are.
std::string Decoded(std::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    const auto byte = path[i] == '%' && i + 2 < path.size() ? FromHex(path.substr(i + 1, 2)) : Result<Bytes>(Bytes{});
    const bool escape = byte && !byte->empty();
    out += escape ? static_cast<char>(byte->front()) : path[i];
    if (escape) i += 2;
  }
  return out;
}

NameParts PartsOf(std::string_view path) {
  NameParts out;
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) {
    const std::string_view folder = path.substr(0, slash);
    const size_t above = folder.rfind('/');
    out.group = above == std::string_view::npos ? folder : folder.substr(above + 1);
  }
  out.name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const size_t dot = out.name.rfind('.');
  out.stem = dot == std::string::npos || dot == 0 ? out.name : out.name.substr(0, dot);
  return out;
}

// Names of the media items. Of two items of a name in one group neither is found by it: the name does not say which.
class Names {
 public:
  Status Load(Database& db, Key<Submission> submission) {
    return rows::EachMediaItem(db, submission, [&](Key<ExhibitItem> item, std::string_view path) -> Status {
      const NameParts parts = PartsOf(Decoded(path));
      Put(parts.group + '/' + parts.stem, item);
      Put('*' + parts.stem, item);
      if (parts.name != parts.stem) {
        Put(parts.group + '/' + parts.name, item);
        Put('*' + parts.name, item);
      }
      return {};
    });
  }
  // In the group of the document that speaks of it first, then anywhere.
  Key<ExhibitItem> Find(const std::string& group, const std::string& name) const {
    if (name.empty()) return {};
    if (const auto found = items_.find(group + '/' + name); found != items_.end() && found->second > 0)
      return {found->second};
    const auto found = items_.find('*' + name);
    return found != items_.end() && found->second > 0 ? Key<ExhibitItem>{found->second} : Key<ExhibitItem>{};
  }
  Key<ExhibitItem> FindInGroup(const std::string& group, const std::string& name) const {
    if (name.empty()) return {};
    const auto found = items_.find(group + '/' + name);
    return found != items_.end() && found->second > 0 ? Key<ExhibitItem>{found->second} : Key<ExhibitItem>{};
  }

 private:
  void Put(std::string name, Key<ExhibitItem> item) {
    const auto [at, made] = items_.emplace(std::move(name), item.value);
    if (!made && at->second != item.value) at->second = -1;
  }
  std::unordered_map<std::string, int64_t> items_;
};

struct Claim {
  std::string kind;  // md5 | sha1 | sha256
  Bytes digest;
};

std::vector<Claim> ClaimsOf(const std::string& json_text) {
  std::vector<Claim> out;
  const auto json = ParseJson(json_text);
  if (!json.is_array()) return out;
  for (const auto& entry : json) {
    std::string type;
    for (const char c : entry.value("type", std::string())) {
      if (c != '-' && c != ' ' && c != '_') type += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    auto digest = FromHex(entry.value("value", std::string()));
    const size_t size = type == "md5" ? 16 : type == "sha1" ? 20 : type == "sha256" ? 32 : 0;
    if (digest && size != 0 && digest->size() == size) out.push_back({type, *std::move(digest)});
  }
  // The strongest first.
  std::ranges::stable_sort(out, std::ranges::greater{}, [](const Claim& claim) { return claim.digest.size(); });
  return out;
}

std::string_view Check(const std::vector<Claim>& claims, const rows::MediaFound& media) {
  if (claims.empty()) return "none";
  for (const Claim& claim : claims) {
    const ByteView own = claim.kind == "md5"    ? media.md5.view()
                         : claim.kind == "sha1" ? media.sha1.view()
                                                : media.sha256.view();
    if (!std::ranges::equal(own, claim.digest)) return "differs";
  }
  return "agrees";
}

Status MatchOne(Database& db, Key<Submission> submission, const Names& names, rows::DetailsRow& row) {
  const std::string group = PartsOf(Decoded(row.item_path)).group;
  const std::vector<Claim> claims = ClaimsOf(row.claimed_hashes);
  Key<ExhibitItem> item = names.Find(group, row.provider_file_id);
  if (!item) item = names.FindInGroup(group, row.file_name);
  if (!item) item = names.FindInGroup(group, row.original_file_name);
  std::optional<rows::MediaFound> media;
  for (size_t i = 0; !item && !media && i < claims.size(); ++i)
    media = TRY(rows::MediaByDigest(db, submission, claims[i].kind, claims[i].digest));
  // A name that only one file of the whole submission bears, where no digest speaks against it.
  if (!item && !media && claims.empty()) item = names.Find(group, row.file_name);
  if (item) media = TRY(rows::MediaOfItem(db, item));
  if (media) item = media->item;

  if (row.report) {
    if (!row.account) {
      const auto reported = TRY(rows::MentionsOf(db, row.report, "reported"));
      row.account =
          reported.size() == 1 ? reported[0].second : TRY(rows::AccountBySharedSelector(db, row.report, row.key));
    }
    // Who uploaded the file was at the address that the file was uploaded from.
    if (row.account) TRY(rows::TieSightings(db, row.report, row.key, row.account));
  }
  return rows::LinkDetails(db, row, item, media ? Check(claims, *media) : "none");
}

}  // namespace

Status MatchFiles(Database& database, Key<Submission> submission, const std::function<Status()>& after_batch) {
  Names names;
  TRY(names.Load(database, submission));
  Key<FileDetails> last;
  while (true) {
    std::vector<rows::DetailsRow> batch = TRY(rows::DeclaredDetails(database, submission, last, kBatchRows));
    if (batch.empty()) return {};
    for (rows::DetailsRow& row : batch) TRY(MatchOne(database, submission, names, row));
    last = batch.back().key;
    TRY(after_batch());
  }
}

}  // namespace crossguard::intake
