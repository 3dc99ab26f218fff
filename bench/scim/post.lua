-- One new user a request; the names of two runs differ by their start.
local number, start = 0, tostring(os.time()) .. tostring(math.random(1000000))
function request()
    number = number + 1
    local body = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u' .. start .. "." .. number
        .. '@bench.example","name":{"givenName":"Ann","familyName":"Example"},"active":true}'
    return wrk.format("POST", nil, nil, body)
end
