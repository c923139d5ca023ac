#include "app/authorities.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/x509.h"
#include "custody/acts.h"

namespace crossguard {
namespace {

constexpr std::string_view kFormat = "crossguard-authorities/1";
constexpr size_t kListItemsMax = 64;
constexpr size_t kTextMaxBytes = 1000;
constexpr size_t kTablesMax = 100'000;  // authorities, gateways and officers, each

constexpr std::string_view kAuthorityKinds[] = {"eu_member_state", "third_country", "international_organisation",
                                                "eu_body", "private_party"};
constexpr std::string_view kPurposes[] = {"cross_check", "strategic_analysis", "operational_analysis",
                                          "facilitate_exchange"};
constexpr std::string_view kDataKinds[] = {"selectors", "referral", "evidence", "files", "feedback", "outcomes"};
constexpr std::string_view kChannels[] = {"https", "folder", "siena", "i24_7", "liaison"};

std::string InFolder(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

bool IsCountry(std::string_view text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool IsIdText(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// One table of the file: each key is asked for once; what nobody asked for is an unknown key.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& file, std::string what)
      : table_(table), file_(file), what_(std::move(what)) {}

  std::unexpected<Error> Refuse(const toml::node* node, const std::string& sentence) const {
    const auto line = (node != nullptr ? node->source() : table_.source()).begin.line;
    return Fail(Code::kInvalid, file_ + ", line " + std::to_string(line) + ": " + sentence);
  }

  const toml::node* Take(std::string_view key) {
    taken_.insert(std::string(key));
    return table_.get(key);
  }

  Result<std::string> Text(std::string_view key, bool may_be_empty = false) {
    const toml::node* node = Take(key);
    const auto value = node == nullptr ? std::nullopt : node->value_exact<std::string>();
    if (!value) return Refuse(node, what_ + " needs '" + std::string(key) + "' as a text in quotes.");
    if (value->empty() && !may_be_empty) return Refuse(node, "'" + std::string(key) + "' is empty; give a text.");
    if (value->size() > kTextMaxBytes)
      return Refuse(node, "'" + std::string(key) + "' is longer than 1000 bytes; shorten it.");
    const bool one_line = std::all_of(value->begin(), value->end(),
                                      [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
    if (!one_line) return Refuse(node, "'" + std::string(key) + "' holds a control character; write it as one line.");
    return *value;
  }

  Result<std::string> IdText(std::string_view key) {
    const std::string text = TRY(Text(key));
    if (!IsIdText(text))
      return Refuse(table_.get(key), "'" + std::string(key) + "' must be an id: a-z, 0-9 and '-', at most 64.");
    return text;
  }

  Result<bool> Flag(std::string_view key) {
    const toml::node* node = Take(key);
    const auto value = node == nullptr ? std::nullopt : node->value_exact<bool>();
    if (!value) return Refuse(node, what_ + " needs '" + std::string(key) + "' as true or false.");
    return *value;
  }

  // A list is there and is not empty: a missing one never means "all". `allowed` empty: any text.
  Result<std::vector<std::string>> List(std::string_view key, std::span<const std::string_view> allowed = {}) {
    const toml::node* node = Take(key);
    const toml::array* array = node == nullptr ? nullptr : node->as_array();
    if (array == nullptr || array->empty()) {
      return Refuse(node, what_ + " needs '" + std::string(key) +
                              "' as a list with at least one text; a missing list does not mean all.");
    }
    if (array->size() > kListItemsMax) return Refuse(node, "'" + std::string(key) + "' has more than 64 items.");
    std::vector<std::string> out;
    for (const toml::node& item : *array) {
      const auto text = item.value_exact<std::string>();
      if (!text || text->empty() || text->size() > kTextMaxBytes)
        return Refuse(&item, "'" + std::string(key) + "' must hold texts in quotes.");
      if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
        return Refuse(&item, "'" + *text + "' is not a word that '" + std::string(key) + "' knows.");
      }
      if (std::find(out.begin(), out.end(), *text) != out.end())
        return Refuse(&item, "'" + *text + "' stands twice in '" + std::string(key) + "'.");
      out.push_back(*text);
    }
    return out;
  }

  // "2022-03-01" or a TOML date: the start of that day, UTC.
  Result<Instant> Date(std::string_view key) {
    const toml::node* node = Take(key);
    std::optional<std::string> text = node == nullptr ? std::nullopt : node->value_exact<std::string>();
    if (node != nullptr && node->is_date()) {
      char buffer[16];
      const toml::date date = node->as_date()->get();
      std::snprintf(buffer, sizeof buffer, "%04u-%02u-%02u", unsigned{date.year}, unsigned{date.month},
                    unsigned{date.day});
      text = buffer;
    }
    const auto instant = text && text->size() == 10 ? ParseInstant(*text + "T00:00:00Z") : Fail(Code::kInvalid, "");
    if (!instant) return Refuse(node, what_ + " needs '" + std::string(key) + "' as a date like \"2022-03-01\".");
    return *instant;
  }

  Status Done() const {
    for (const auto& [key, node] : table_) {
      if (!taken_.contains(key.str()))
        return Refuse(&node,
                      "'" + std::string(key.str()) + "' is not a key that " + what_ + " knows; remove or correct it.");
    }
    return {};
  }

  bool Has(std::string_view key) const { return table_.contains(key); }

 private:
  const toml::table& table_;
  const std::string& file_;
  std::string what_;
  std::set<std::string, std::less<>> taken_;
};

// Countries that have no authority in this book, or "*": what is theirs may go to this organisation instead.
Status ReadReceivesFor(Reader& reader, Authority& out) {
  if (!reader.Has("receives_for")) return {};
  if (out.kind != "international_organisation")
    return reader.Refuse(reader.Take("receives_for"), "only an international_organisation receives for countries.");
  out.receives_for = TRY(reader.List("receives_for"));
  for (const std::string& country : out.receives_for) {
    if (country != "*" && !IsCountry(country))
      return reader.Refuse(reader.Take("receives_for"),
                           "'" + country + "' is neither \"*\" nor two capital letters (ISO 3166-1).");
  }
  return {};
}

Result<Authority> ReadAuthority(Reader& reader) {
  Authority out;
  out.id = TRY(reader.IdText("id"));
  out.name = TRY(reader.Text("name"));
  out.kind = TRY(reader.Text("kind"));
  if (std::find(std::begin(kAuthorityKinds), std::end(kAuthorityKinds), out.kind) == std::end(kAuthorityKinds)) {
    return reader.Refuse(reader.Take("kind"),
                         "'" + out.kind + "' is not a kind of authority; use one of those in the head of the example.");
  }
  out.country = TRY(reader.Text("country", true));
  const bool may_be_nowhere = out.is_organisation() || out.is_private_party();
  if (out.is_organisation() ? !out.country.empty()
                            : !IsCountry(out.country) && !(may_be_nowhere && out.country.empty())) {
    return reader.Refuse(reader.Take("country"), out.is_organisation()
                                                     ? "an organisation has no country; write country = \"\"."
                                                     : "'country' must be two capital letters (ISO 3166-1).");
  }
  out.units = TRY(reader.List("units"));
  out.contact = TRY(reader.Text("contact"));
  out.languages = TRY(reader.List("languages"));
  if (reader.Has("channels")) out.channels = TRY(reader.List("channels", kChannels));
  TRY(ReadReceivesFor(reader, out));
  out.certificate_path = TRY(reader.Text("certificate", true));
  out.single_point_of_contact = TRY(reader.Flag("single_point_of_contact"));
  if (out.single_point_of_contact && out.is_private_party())
    return reader.Refuse(reader.Take("single_point_of_contact"), "a private party is no country's point of contact.");
  return out;
}

Result<Gateway> ReadGateway(Reader& reader) {
  Gateway out;
  out.id = TRY(reader.IdText("id"));
  out.from = TRY(reader.IdText("from"));
  out.to = TRY(reader.IdText("to"));
  if (out.from == out.to) return reader.Refuse(reader.Take("to"), "a gateway leads from one authority to another.");
  out.purposes = TRY(reader.List("purposes", kPurposes));
  out.data_kinds = TRY(reader.List("data_kinds", kDataKinds));
  out.valid_from = TRY(reader.Date("valid_from"));
  if (reader.Has("valid_until")) {
    out.valid_until = TRY(reader.Date("valid_until"));
    if (*out.valid_until <= out.valid_from)
      return reader.Refuse(reader.Take("valid_until"), "'valid_until' must be later than 'valid_from'.");
  }
  out.legal_reference = TRY(reader.Text("legal_reference"));
  out.conditions = TRY(reader.Text("conditions", true));
  if (reader.Has("via")) out.via = TRY(reader.IdText("via"));
  return out;
}

Result<Officer> ReadOfficer(Reader& reader) {
  Officer out;
  out.id = TRY(reader.IdText("id"));
  out.roles = TRY(reader.List("roles"));
  for (const std::string& role : out.roles) {
    if (!RoleFromText(role))
      return reader.Refuse(reader.Take("roles"), "'" + role + "' is not a role; see src/custody/acts.h.");
  }
  if (reader.Has("valid_from")) out.valid_from = TRY(reader.Date("valid_from"));
  if (reader.Has("valid_until")) out.valid_until = TRY(reader.Date("valid_until"));
  if (out.valid_from && out.valid_until && *out.valid_until <= *out.valid_from)
    return reader.Refuse(reader.Take("valid_until"), "'valid_until' must be later than 'valid_from'.");
  return out;
}

// Walks [[name]] tables; each is read by `read`, then held against unknown keys and duplicate ids.
template <class T, class Read>
Status ReadAll(Reader& root, const std::string& file, std::string_view name, std::vector<T>& out, const Read& read) {
  const toml::node* node = root.Take(name);
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr || array->empty())
    return root.Refuse(node, "the file needs at least one [[" + std::string(name) + "]].");
  if (array->size() > kTablesMax) return root.Refuse(node, "there are more than 100000 [[" + std::string(name) + "]].");
  std::set<std::string> ids;
  for (const toml::node& item : *array) {
    if (!item.is_table()) return root.Refuse(&item, "write each one as [[" + std::string(name) + "]].");
    Reader reader(*item.as_table(), file, "[[" + std::string(name) + "]]");
    T value = TRY(read(reader));
    TRY(reader.Done());
    if (!ids.insert(value.id).second)
      return reader.Refuse(item.as_table()->get("id"), "the id '" + value.id + "' stands twice; ids are unique.");
    out.push_back(std::move(value));
  }
  return {};
}

const toml::node* KeyOf(const toml::array& tables, size_t i, std::string_view key) {
  return tables[i].as_table()->get(key);
}

// Whom a gateway names is in the book; a carrier is an organisation and neither end; to a private party only feedback.
Status CheckGateways(const Reader& root, const toml::array& tables, const AuthorityBook& book) {
  for (size_t i = 0; i < book.gateways.size(); ++i) {
    const Gateway& gateway = book.gateways[i];
    for (const auto& [key, id] :
         {std::pair<const char*, const std::string&>("from", gateway.from), {"to", gateway.to}}) {
      if (book.Find(id) == nullptr)
        return root.Refuse(KeyOf(tables, i, key), "'" + id + "' is no [[authority]] of this file.");
    }
    if (book.Find(gateway.to)->is_private_party() && gateway.data_kinds != std::vector<std::string>{"feedback"}) {
      return root.Refuse(KeyOf(tables, i, "data_kinds"),
                         "'" + gateway.to + "' is a private party; write data_kinds = [\"feedback\"].");
    }
    if (gateway.via.empty()) continue;
    const Authority* const carrier = book.Find(gateway.via);
    if (carrier == nullptr || !carrier->is_organisation())
      return root.Refuse(KeyOf(tables, i, "via"), "'" + gateway.via + "' is no organisation of this file.");
    if (gateway.via == gateway.from || gateway.via == gateway.to)
      return root.Refuse(KeyOf(tables, i, "via"), "a gateway is carried by neither of its ends; leave 'via' out.");
  }
  return {};
}

// Where a country has several authorities, exactly one must be named as its point of contact, and one organisation at
// most receives for those that have none: no package by accident.
Status CheckReceivers(const Reader& root, const toml::array& tables, const AuthorityBook& book) {
  std::map<std::string_view, int> points;
  for (const Authority& one : book.authorities) points[one.country] += one.single_point_of_contact ? 1 : 0;
  std::set<std::string_view> received;
  for (size_t i = 0; i < book.authorities.size(); ++i) {
    const Authority& one = book.authorities[i];
    if (!one.country.empty() && !one.is_private_party() && points[one.country] != 1) {
      return root.Refuse(&tables[i], one.country + " has " + std::to_string(points[one.country]) +
                                         " authorities with single_point_of_contact = true; give it exactly one.");
    }
    for (const std::string& country : one.receives_for) {
      if (!received.insert(country).second)
        return root.Refuse(KeyOf(tables, i, "receives_for"),
                           "another organisation receives for '" + country + "' already; name one only.");
    }
  }
  return {};
}

// The fingerprint of each certificate that can be read; what cannot be used is told when somebody packs for it.
void TakeFingerprints(Files& files, const std::string& folder, AuthorityBook& book) {
  for (Authority& one : book.authorities) {
    if (one.certificate_path.empty()) continue;
    const auto pem = files.ReadWhole(InFolder(folder, one.certificate_path), kPemMaxBytes);
    const auto certificate = pem ? Certificate::LoadPem(AsText(*pem)) : Fail(Code::kNotFound, "");
    if (certificate) one.certificate_sha256 = certificate->Fingerprint().hex();
  }
}

}  // namespace

Result<AuthorityBook> ParseAuthorities(std::string_view toml, const std::string& name, const std::string& folder) {
  toml::table table;
  try {
    table = toml::parse(toml, name);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalid, name + ", line " + std::to_string(error.source().begin.line) + ": " +
                                    std::string(error.description()) + ".");
  }
  AuthorityBook book;
  Reader root(table, name, "the file");
  if (TRY(root.Text("format")) != kFormat) {
    return root.Refuse(table.get("format"),
                       "'format' must be \"" + std::string(kFormat) + "\"; this crossguard reads no other.");
  }
  book.self = TRY(root.IdText("self"));
  if (table.contains("example")) book.example = TRY(root.Flag("example"));
  TRY(ReadAll(root, name, "authority", book.authorities, [](Reader& reader) { return ReadAuthority(reader); }));
  TRY(ReadAll(root, name, "gateway", book.gateways, [](Reader& reader) { return ReadGateway(reader); }));
  TRY(ReadAll(root, name, "officer", book.officers, [](Reader& reader) { return ReadOfficer(reader); }));
  TRY(root.Done());

  const Authority* const self = book.Find(book.self);
  if (self == nullptr) return root.Refuse(table.get("self"), "'" + book.self + "' is no [[authority]] of this file.");
  if (self->is_private_party()) return root.Refuse(table.get("self"), "a private party runs no house.");
  TRY(CheckGateways(root, *table.get("gateway")->as_array(), book));
  TRY(CheckReceivers(root, *table.get("authority")->as_array(), book));
  PlaceCertificates(folder, book);
  return book;
}

void PlaceCertificates(const std::string& folder, AuthorityBook& book) {
  for (Authority& one : book.authorities) {
    if (!one.certificate_path.empty()) one.certificate_path = InFolder(folder, one.certificate_path);
  }
}

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

Result<BookFile> ReadBookFile(Files& files, const std::string& path) {
  const Bytes text = TRY(files.ReadWhole(path, kAuthoritiesSizeMaxBytes));
  return ParseBookFile(files, path, text);
}

Result<BookFile> ParseBookFile(Files& files, const std::string& path, ByteView text) {
  if (!IsUtf8(AsText(text))) return Fail(Code::kInvalid, path + " is not UTF-8; save it as UTF-8.");
  BookFile out;
  out.path = path;
  out.sha256 = HashSha256(text);
  out.book = TRY(ParseAuthorities(AsText(text), path, ""));
  TakeFingerprints(files, FolderOf(path), out.book);
  return out;
}

Status InstallBookFile(Files& files, const BookFile& file, ByteView text, const std::string& folder) {
  namespace fs = std::filesystem;
  for (const Authority& one : file.book.authorities) {
    const fs::path written(one.certificate_path);
    if (one.certificate_path.empty() || written.is_absolute()) continue;
    if (std::find(written.begin(), written.end(), "..") != written.end()) {
      return Fail(Code::kInvalid,
                  "The certificate of " + one.id +
                      " lies outside of the file's folder; put it beside the file, or give its whole path.");
    }
    const std::string from = InFolder(FolderOf(file.path), one.certificate_path);
    if (!files.Exists(from)) continue;  // as when it is read in place: told when somebody packs for it
    const std::string to = InFolder(folder, one.certificate_path);
    const Bytes pem = TRY(files.ReadWhole(from, kPemMaxBytes));
    TRY(files.MakeFolders(FolderOf(to)));
    TRY(files.WriteWhole(to, pem));
  }
  TRY(files.MakeFolders(folder));
  return files.WriteWhole(InFolder(folder, "authorities.toml"), text);
}

Result<AuthorityBook> LoadAuthorities(Files& files, const std::string& path) {
  BookFile file = TRY(ReadBookFile(files, path));
  PlaceCertificates(FolderOf(path), file.book);
  return std::move(file.book);
}

}  // namespace crossguard
