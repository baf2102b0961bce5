from __future__ import annotations

from concurrent.futures import Future

from relay.engine.tasks import EngineTask, Room


class Machines:
    """An engine of other machines, which do nothing until they are told."""

    is_elsewhere: bool = True

    def __init__(self, encode: int = 0, fetch: int = 0) -> None:
        self.room = encode
        self.fetch_room = fetch
        self.hear_room = 0
        self.is_there = True
        self.asked: list[tuple[EngineTask, int, Future[bool]]] = []

    # verbs for tests

    def do_all(self, *, well: bool = True) -> None:
        """What they were asked for since the last question."""
        for _, _, future in self.asked:
            future.set_result(well)

    def numbers(self, task: EngineTask = EngineTask.shots) -> list[int]:
        """What they were asked for since the last question, of this kind."""
        found = [number for kind, number, _ in self.asked if kind is task]
        self.asked = [each for each in self.asked if each[0] is not task]
        return found

    # the port

    def submit(self, task: EngineTask, number: int) -> Future[bool]:
        self.asked.append((task, number, Future()))
        return self.asked[-1][2]

    def is_reached(self) -> bool:
        return self.is_there

    def places(self, room: Room) -> int:
        return {Room.encode: self.room, Room.fetch: self.fetch_room, Room.hear: self.hear_room}[room]

    def close(self) -> None:
        pass
