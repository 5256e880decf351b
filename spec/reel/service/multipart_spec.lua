local multipart = require "reel.service.multipart"

local TYPE <const> = "multipart/form-data; boundary=XX"

local function lines(...)
  return table.concat({ ... }, "\r\n")
end

describe("reel.service.multipart", function()
  it("gives the parts by name, content untouched", function()
    local parts = multipart.parse(TYPE, lines("--XX",
      'Content-Disposition: form-data; name="file"; filename="a.png"', "Content-Type: image/png",
      "", "one\r\ntwo --XX\0", "--XX",
      'Content-Disposition: form-data; name="uploadPath"', "", "images", "--XX--", ""))
    assert.same({
      file = { name = "file", filename = "a.png", content_type = "image/png",
        content = "one\r\ntwo --XX\0" },
      uploadPath = { name = "uploadPath", content = "images" },
    }, parts)
  end)

  it("takes a quoted boundary, names without case, and a preamble", function()
    local parts = multipart.parse('Multipart/Form-Data; boundary="a b"', lines("hello", "--a b",
      "content-disposition: form-data; NAME=x; name=file", "", "1", "--a b--"))
    assert.equal("1", parts.file.content)
  end)

  for _, entry in ipairs {
    { "another content type", { "application/json", "{}" } },
    { "no content type", { nil, "" } },
    { "no boundary in the header", { "multipart/form-data", "" } },
    { "a body without the boundary", { TYPE, "nothing" } },
    { "a part without end", { TYPE, lines("--XX", 'Content-Disposition: form-data; name="a"', "",
      "cut") } },
    { "a part without name", { TYPE, lines("--XX", "Content-Type: a/b", "", "a", "--XX--") } },
    { "a header without end", { TYPE, lines("--XX", "Content-Type: text/plain") } },
  } do
    local name, case = table.unpack(entry)
    it("refuses " .. name, function()
      local parts, message = multipart.parse(case[1], case[2])
      assert.is_nil(parts)
      assert.is_string(message)
    end)
  end
end)
