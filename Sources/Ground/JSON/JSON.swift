/// Placeholder of the room until its parser stands.
public enum JSONPlaceholder {}
