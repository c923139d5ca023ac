// Shape 3: the spreadsheet dump.
#include "simulate/shapes.h"
#include "simulate/words.h"

namespace crossguard::simulate {
namespace {

std::string Quoted(std::string_view text) {
  if (text.find_first_of(",\"\n\r;|") == std::string_view::npos && text.find("  ") == std::string_view::npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

class Row {
 public:
  Row& operator<<(std::string_view field) {
    if (!first_) text_ += ',';
    first_ = false;
    text_ += Quoted(field);
    return *this;
  }
  std::string End() { return std::move(text_) + "\r\n"; }

 private:
  std::string text_;
  bool first_ = true;
};

std::string YesNo(std::optional<bool> flag) {
  return !flag ? "" : *flag ? "yes" : "no";
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "|") + part;
  return out;
}

bool OnlyInNotes(std::string_view value, int64_t report_id, uint64_t one_of) {
  uint64_t hash = static_cast<uint64_t>(report_id);
  for (const char c : value) hash = Mix(hash, static_cast<unsigned char>(c));
  return hash % one_of == 0;
}

// The account's declared selectors of one type; those that this shape hides are said in the notes.
std::string Fields(const PlannedAccount& account, std::string_view type, int64_t report_id, std::string& notes,
                   SeededRandom& random) {
  std::vector<std::string> out;
  for (PlannedSelector one : account.selectors) {
    if (one.type != type || one.where != Where::kField) continue;
    if ((type == "email" || type == "phone") && OnlyInNotes(one.value, report_id, 4)) {
      one.where = Where::kText;
      notes += (notes.empty() ? "" : " ") + InWords(one, random);
    } else {
      out.push_back(type == "device_id" ? one.kind + ":" + one.written : one.written);
    }
  }
  return Joined(out);
}

void AppendAccount(const PlannedReport& report, const PlannedAccount& account, const Mention& mention, CsvRows& out) {
  SeededRandom random(static_cast<uint64_t>(report.id));
  const std::string report_id = std::to_string(report.id);
  std::string notes = mention.notes;
  const auto fields = [&](std::string_view type) {
    return mention.full ? Fields(account, type, report.id, notes, random) : std::string();
  };
  const std::string emails = fields("email"), phones = fields("phone"), urls = fields("profile_url"),
                    devices = fields("device_id");
  for (const size_t i : mention.ips) {
    const PlannedIp& ip = account.ips[i];
    if (OnlyInNotes(ip.value, report.id, 6)) {
      notes += (notes.empty() ? "" : " ") + InWords(ip);
      continue;
    }
    Row row;
    row << report_id << account.id << ip.written << (ip.port == 0 ? "" : std::to_string(ip.port))
        << TimeText(ip.at_us, ip.zone, ip.offset_minutes) << ip.event << YesNo(ip.proxy);
    out.ips += row.End();
  }
  if (&mention == &report.mentions.front() && !report.notes.empty()) notes += (notes.empty() ? "" : " ") + report.notes;
  std::vector<std::string> prior;
  for (const int64_t one : account.prior_reports) prior.push_back(std::to_string(one));
  std::string screen_name;
  for (const PlannedSelector& one : account.selectors) {
    if (one.type == "screen_name") screen_name = one.written;
  }
  if (mention.full && !account.bio.empty()) notes = account.bio + (notes.empty() ? "" : " ") + notes;
  Row row;
  row << report_id << TimeText(report.received_us, Zone::kUtc, 0) << report.incident_type
      << TimeText(report.incident_us, Zone::kUtc, 0) << report.urgent.value_or("") << Joined(report.annotations)
      << (report.batched ? "VIRAL_POTENTIAL_MEME" : "")
      << Text(account.role == Role::kAssociated ? Role::kAssociated : mention.role) << account.service << account.id
      << screen_name << "" << emails << phones << urls << devices << account.first_name << account.last_name
      << account.birth_date << account.age << account.address_country << account.school << account.group
      << Joined(prior) << notes;
  out.accounts += row.End();
}

}  // namespace

const CsvRows kCsvHeaders{
    .accounts =
        "report_id,received,incident_type,incident_time,urgent,annotations,batched_reason,role,service,user_id,screen_"
        "name,display_names,emails,phones,"
        "profile_urls,device_ids,first_name,last_name,birth_date,age,country,school,group,prior_reports,notes\r\n",
    .files =
        "report_id,user_id,file_id,file_name,original_name,uploaded,md5,sha1,viewed_by_provider,exif_viewed,publicly_"
        "available,relevance,classification,annotations,notes\r\n",
    .ips = "report_id,user_id,ip,port,time,event,proxy\r\n"};

void AppendCsv(const Block& block, const PlannedReport& report, const std::vector<ClaimedDigests>& claims,
               CsvRows& out) {
  for (const Mention& mention : report.mentions) {
    AppendAccount(report, block.accounts[mention.account], mention, out);
    if (!mention.associated) continue;
    const Mention linked{.account = *mention.associated,
                         .role = Role::kAssociated,
                         .ips = {},
                         .notes = {},
                         .associated = {},
                         .full = true};
    AppendAccount(report, block.accounts[*mention.associated], linked, out);
  }
  for (size_t i = 0; i < report.files.size(); ++i) {
    const PlannedFile& file = report.files[i];
    Row row;
    row << std::to_string(report.id) << block.accounts[file.account].id << file.id << file.name << file.original_name
        << TimeText(file.uploaded_us, Zone::kUtc, 0) << claims[i].md5 << claims[i].sha1 << YesNo(file.viewed)
        << YesNo(file.exif_viewed) << YesNo(file.publicly_available) << file.relevance << file.classification
        << Joined(file.annotations) << file.notes;
    out.files += row.End();
  }
}

std::string BrokenCsvRow(int64_t nth, int64_t report_id) {
  if (nth % 2 == 0) return std::to_string(report_id) + ",2021-01-01T00:00:00Z,one field too few for a row\r\n";
  std::string row = std::to_string(report_id);
  for (int i = 0; i < 23; ++i) row += ",";
  return row + ",\xFF\xFE\r\n";
}

}  // namespace crossguard::simulate
