class Counter:
    def __init__(self, start):
        self.value = start

    def up(self):
        self.value += 1
        return self.value
