-- What the proxy says where it has read no request: HAProxy's own answer there is HTML which no setting changes. The
-- texts are those of the services; a test holds them equal.

local function refusal(name, status, body)
    local head = "HTTP/1.1 " .. status .. "\r\nContent-Type: application/problem+json\r\nContent-Length: " .. #body
        .. "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    core.register_service(name, "tcp", function(applet) applet:send(head .. body) end)
end

refusal("malformed", "400 Bad Request",
    '{"type":"urn:docde:problem:MALFORMED","title":"요청 형식을 읽을 수 없습니다.","titles":{"ko":"요청 형식을 읽을 수 없습니다.","en":"The request could not be read."},"status":400,"code":"MALFORMED","detail":"this is not HTTP/1.1 (RFC 9112), or too long for it; in an address, all but ASCII is percent-encoded"}')
refusal("timed_out", "408 Request Timeout",
    '{"type":"urn:docde:problem:REQUEST_TIMEOUT","title":"요청이 제시간에 도착하지 않았습니다.","titles":{"ko":"요청이 제시간에 도착하지 않았습니다.","en":"The request did not arrive in time."},"status":408,"code":"REQUEST_TIMEOUT"}')

-- Whether the first line ends as one of HTTP/1 does. Asked for once HAProxy has a whole head.
core.register_fetches("is_versioned", function(txn)
    local head = txn.f:req_payload(0, 0) or ""
    return head:match("^\r?\n?[^\r\n]* HTTP/1%.[01]\r?\n") ~= nil
end)
