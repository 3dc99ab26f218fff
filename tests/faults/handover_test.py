"""An answer belongs to its connection from the moment it is given: a thread that touches it later meets the next request's memory."""
import threading

CALLERS, CALLS = 8, 150


def test_empty_answers_of_many_callers_at_once_harm_nobody(server, client):
    groups = [client.post("Groups", json={"name": f"Handover {i}"}).json for i in range(CALLERS)]
    callers = [server.client() for _ in range(CALLERS)]
    wrong = []

    def work(caller, group):
        for number in range(CALLS):
            answer = caller.put(f"Groups/{group}", json={"name": f"Handover {group} {number}", "description": "d" * (number % 50)})
            if answer.status != 204 or answer.body != b"":
                wrong.append(answer)
            answer = caller.get(f"Groups/{group}")
            if answer.status != 200 or answer.json["name"] != f"Handover {group} {number}":
                wrong.append(answer)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(callers, groups)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert server.stop() == 0, server.log_tail()
    server.start()
